"""What an organiser prints and sends for a fair: workbooks, a printed pack, calendars and a table."""

from api.exports.calendar import calendar_of, cancellation_of, cancelled
from api.exports.folder import file_stem, write_pack
from api.exports.pack import Pack, PackMeeting
from api.exports.printed import printed_pack
from api.exports.table import meetings_csv
from api.exports.workbook import firm_workbook, organiser_workbook

__all__ = [
    "Pack",
    "PackMeeting",
    "calendar_of",
    "cancellation_of",
    "cancelled",
    "file_stem",
    "firm_workbook",
    "meetings_csv",
    "organiser_workbook",
    "printed_pack",
    "write_pack",
]
