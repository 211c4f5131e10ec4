// Makes the pages of a fair live; every page works without it.

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const live = document.getElementById("live");

function say(text) {
  if (!live || !text) return;
  live.textContent = "";
  setTimeout(() => (live.textContent = text), 50);
}

// --- changes without losing one's place: a form or link swaps the board ----------

async function swap(answer, { focus = null, push = true } = {}) {
  const html = await answer.text();
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("board");
  const board = document.getElementById("board");
  if (!fresh || !board) return location.assign(answer.url);
  const scrolled = [...board.querySelectorAll(".scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
  const open = new Set([...board.querySelectorAll("details[open] > summary")].map((one) => one.textContent));
  board.replaceChildren(...fresh.childNodes);
  [...board.querySelectorAll(".scroll")].forEach((one, at) => scrolled[at] && one.scrollTo(...scrolled[at]));
  for (const one of board.querySelectorAll("details > summary")) if (open.has(one.textContent)) one.parentElement.open = true;
  if (push && answer.ok) history.replaceState(null, "", answer.url);
  begin();
  const wrong = board.querySelector("#wrong");
  say((wrong ?? board.querySelector("[data-said]"))?.textContent.trim());
  const place = focus ? document.getElementById(focus) : null;
  (place?.matches("a, button") ? place : place?.querySelector("a, button"))?.focus({ preventScroll: Boolean(scrolled.length) });
}

let busy = false;

async function ask(url, options, after) {
  if (busy) return;
  busy = true;
  document.getElementById("board").setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(url, { ...options, headers: { Accept: "text/html" } }).catch(() => null);
    if (answer) return await swap(answer, after);
    options.body ? after.form.submit() : location.assign(url); // the browser says what is wrong
  } finally {
    busy = false;
    document.getElementById("board")?.removeAttribute("aria-busy");
  }
}

function send(form, button, extra = {}) {
  const data = new URLSearchParams(new FormData(form));
  if (button?.name) data.set(button.name, button.value);
  for (const [name, value] of Object.entries(extra)) data.set(name, value);
  const key = data.get("pair");
  const by = data.get("by");
  const focus = key ? (by ? `m-${by}-${key}` : `m-${key}`) : null;
  return ask(form.action, { method: "POST", body: data }, { form, focus });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-swap]")) return;
  event.preventDefault();
  send(form, event.submitter);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-swap]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  ask(link.href, {}, { focus: decodeURIComponent(new URL(link.href).hash.slice(1)) });
});

// --- the grid: one stop for Tab, arrows from place to place, Escape puts back ------

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const reach = (cell) => cell?.querySelector("a.meeting, button.place");

function begin() {
  const grid = document.querySelector("table[data-grid]:not(.firms)");
  if (grid) {
    const places = [...grid.querySelectorAll("a.meeting, button.place")];
    const first = places.find((one) => one.matches("[aria-current]")) ?? places[0];
    for (const one of places) one.tabIndex = one === first ? 0 : -1;
  }
  const zoom = document.querySelector("[data-zoom]");
  if (zoom) {
    zoom.hidden = false;
    const box = zoom.querySelector("input");
    box.checked = sessionStorage.getItem("small") === "1";
    const show = () => document.querySelector("table[data-grid]")?.classList.toggle("tiny", box.checked);
    box.addEventListener("change", () => {
      sessionStorage.setItem("small", box.checked ? "1" : "");
      show();
    });
    show();
  }
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
}

document.addEventListener("keydown", (event) => {
  const grid = event.target.closest?.("table[data-grid]:not(.firms)");
  if (event.key === "Escape") {
    const cancel = document.querySelector("a[data-cancel]");
    if (cancel && (grid || event.target.closest?.(".waiting, .picked-panel"))) cancel.click();
    return;
  }
  if (!grid || !STEPS[event.key] || event.target.closest("select, input")) return;
  const cell = event.target.closest("td");
  if (!cell) return;
  event.preventDefault();
  const [down, right] = STEPS[event.key];
  let [row, column] = [cell.parentElement, cell.cellIndex];
  for (;;) {
    column += right;
    row = down > 0 ? row.nextElementSibling : down < 0 ? row.previousElementSibling : row;
    const next = row?.cells[column];
    if (!next || next.tagName === "TH") return;
    const found = reach(next);
    if (found) {
      event.target.tabIndex = -1;
      found.tabIndex = 0;
      found.focus();
      return;
    }
  }
});

// --- dragging a meeting ------------------------------------------------------------

let dragged = null;

document.addEventListener("dragstart", (event) => {
  const link = event.target.closest?.("a[data-pick]");
  const form = document.getElementById("move");
  if (!link || !form) return;
  const mine = { key: link.dataset.pick, free: null, why: {} };
  dragged = mine;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", link.textContent);
  fetch(`${form.dataset.free}?${new URLSearchParams({ pick: mine.key })}`)
    .then((answer) => answer.json())
    .then((found) => {
      mine.free = new Set(found.free);
      mine.why = found.why;
      if (dragged !== mine) return;
      for (const cell of document.querySelectorAll("td[data-slot]")) {
        cell.classList.toggle("drop", !cell.querySelector("a.meeting") && mine.free.has(Number(cell.dataset.slot)));
      }
    })
    .catch(() => {});
});

document.addEventListener("dragover", (event) => {
  const cell = event.target.closest?.("td[data-slot]");
  if (!dragged || !cell) return;
  event.preventDefault();
  const can = !cell.querySelector("a.meeting") && (dragged.free?.has(Number(cell.dataset.slot)) ?? true);
  event.dataTransfer.dropEffect = can ? "move" : "none";
  if (cell.classList.contains("over")) return;
  for (const one of document.querySelectorAll("td.over")) one.classList.remove("over");
  if (can) cell.classList.add("over");
  else say(document.getElementById("move").dataset.no.replace("{why}", dragged.why[cell.dataset.slot] ?? ""));
});

document.addEventListener("drop", (event) => {
  const cell = event.target.closest?.("td[data-slot]");
  if (!dragged || !cell) return;
  event.preventDefault();
  const key = dragged.key;
  send(document.getElementById("move"), null, { act: "move", pair: key, to: `${cell.dataset.slot}-${cell.dataset.table}` });
});

document.addEventListener("dragend", () => {
  dragged = null;
  for (const one of document.querySelectorAll("td.over, td.drop")) one.classList.remove("over", "drop");
});

// --- long work ------------------------------------------------------------------

for (const box of document.querySelectorAll("[data-fair-job]")) watch(box);

async function watch(box) {
  let state = box.firstElementChild.dataset.said;
  while (!("ended" in box.firstElementChild.dataset)) {
    await pause(900);
    try {
      const answer = await fetch(box.dataset.fairJob, { headers: { Accept: "text/html", "X-Part": "1" } });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) continue;
      box.innerHTML = await answer.text();
    } catch {
      continue;
    }
    if (box.firstElementChild.dataset.said !== state) say((state = box.firstElementChild.dataset.said));
    if ("ended" in box.firstElementChild.dataset) return location.reload();
  }
}

// --- small things ------------------------------------------------------------------

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(new URL(button.dataset.copy, location).href);
  const before = button.innerHTML;
  button.textContent = button.dataset.copied;
  say(button.dataset.copied);
  setTimeout(() => (button.innerHTML = before), 2000);
});

const dial = document.getElementById("dial");
if (dial) {
  const words = dial.dataset.words.split("|");
  const shown = document.getElementById("dial-words");
  const show = () => {
    shown.hidden = false;
    shown.textContent = words[Math.round(dial.value * (words.length - 1))];
    dial.setAttribute("aria-valuetext", shown.textContent);
  };
  dial.addEventListener("input", show);
  show();
}

if (!document.querySelector('script[src*="site.js"]')) {
  // a participant's page has no other script
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", () => setTimeout(() => form.querySelectorAll("button").forEach((one) => (one.disabled = true))));
  }
  addEventListener("pageshow", () => document.querySelectorAll("form[data-once] button").forEach((one) => (one.disabled = false)));
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

document.querySelector(".steps [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
begin();
