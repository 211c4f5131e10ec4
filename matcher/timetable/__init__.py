"""The fair's timetable: who meets whom, when and at which table, with as few and as fair breaks as can be."""

from matcher.timetable.answer import Progress, Reason, Report, Status, Timetable
from matcher.timetable.changes import Change, late_firm, lost_slot, lost_table, no_show
from matcher.timetable.check import break_groups, broken_rules
from matcher.timetable.compiled import keep_compiled_in
from matcher.timetable.feasible import obstacles
from matcher.timetable.files import parse_json, problem_json, read_problem
from matcher.timetable.problem import Problem, Session
from matcher.timetable.repair import Repair, repair
from matcher.timetable.solve import solve
from matcher.timetable.tables import assign_tables, table_changes

__all__ = [
    "Change",
    "Problem",
    "Progress",
    "Reason",
    "Repair",
    "Report",
    "Session",
    "Status",
    "Timetable",
    "assign_tables",
    "break_groups",
    "broken_rules",
    "keep_compiled_in",
    "late_firm",
    "lost_slot",
    "lost_table",
    "no_show",
    "obstacles",
    "parse_json",
    "problem_json",
    "read_problem",
    "repair",
    "solve",
    "table_changes",
]
