// Makes the pages live; every page works without it.

const WAIT_MS = 250;
const live = document.querySelector("[data-live]");
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Asks for a part of a page; where the service is busy or away, says so and tries again.
async function part(url, { signal, say } = {}) {
  for (let tries = 0; ; tries++) {
    let wait = Math.min(2 ** tries, 15);
    let away = false;
    try {
      const answer = await fetch(url, { signal, headers: { Accept: "text/html", "X-Part": "1" } });
      if (answer.status === 401) return location.reload();
      if (answer.status !== 503 && answer.status !== 429) return answer;
      wait = Number(answer.headers.get("Retry-After")) || wait;
    } catch (problem) {
      if (problem.name === "AbortError") throw problem;
      away = true;
    }
    say?.(away, wait);
    await pause(wait * 1000);
    if (signal?.aborted) throw new DOMException("", "AbortError");
  }
}

if (live) {
  const { results: resultsUrl, suggest: suggestUrl, site, home, loading, busy, offline, suggested } = live.dataset;
  const form = document.getElementById("search");
  const box = document.getElementById("q");
  const list = document.getElementById("suggestions");
  const results = document.getElementById("results");
  const status = document.getElementById("status");
  let asking = new AbortController();
  let typing = 0;

  // --- results as you type ---------------------------------------------------

  function state() {
    const said = new FormData(form);
    const words = box.value.trim();
    said.delete("q");
    const query = new URLSearchParams([...(words ? [["q", words]] : []), ...said]);
    return form.action.split("?")[0] + (query.size ? `?${query}` : "");
  }

  async function show(url, { push = false, focus = null, top = false } = {}) {
    clearTimeout(typing);
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const query = new URL(url, location).search;
    const slow = setTimeout(() => {
      status.textContent = loading;
      results.classList.add("loading");
    }, 200);
    try {
      const answer = await part(resultsUrl + query, {
        signal,
        say: (away, wait) => {
          clearTimeout(slow);
          status.textContent = (away ? offline : busy).replace("{n}", wait);
        },
      });
      if (!answer) return;
      const html = await answer.text();
      if (signal.aborted) return;
      if (!answer.ok) return location.assign(url);
      history[push ? "pushState" : "replaceState"](null, "", url);
      replace(html, focus);
      if (top) document.getElementById("list-title")?.scrollIntoView();
    } catch (problem) {
      if (problem.name !== "AbortError") throw problem;
    } finally {
      clearTimeout(slow);
      if (!signal.aborted) results.classList.remove("loading");
    }
  }

  function replace(html, focus) {
    const open = new Set([...results.querySelectorAll("details[data-keep][open]")].map((one) => one.id));
    results.innerHTML = html;
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    const found = results.querySelector(".found");
    status.textContent = found.dataset.count;
    document.title = `${found.dataset.title || home} · ${site}`;
    languages();
    roving();
    if (focus) (results.querySelector(`[data-key="${CSS.escape(focus)}"]`) ?? document.getElementById("list-title"))?.focus();
  }

  function languages() {
    for (const link of document.querySelectorAll("[data-language]")) link.search = location.search;
  }

  box.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      show(state());
      suggest();
    }, WAIT_MS);
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    close();
    show(state(), { push: true });
  });

  results.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-follow]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const url = new URL(link.href.baseVal ?? link.href, location);
    box.value = url.searchParams.get("q") ?? "";
    show(url.pathname + url.search, { push: true, focus: link.dataset.key ?? "-", top: "top" in link.dataset });
  });

  addEventListener("popstate", () => {
    box.value = new URLSearchParams(location.search).get("q") ?? "";
    close();
    show(location.pathname + location.search);
  });

  // --- suggestions: an ARIA combobox with a listbox ---------------------------

  let at = -1;
  let hearing = new AbortController();
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-expanded", "false");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-autocomplete", "list");

  async function suggest() {
    hearing.abort();
    hearing = new AbortController();
    const words = box.value.trim();
    if (!words) return close();
    try {
      const answer = await fetch(`${suggestUrl}?${new URLSearchParams({ q: words })}`, {
        signal: hearing.signal,
        headers: { "X-Part": "1" },
      });
      if (!answer.ok) return close();
      const found = await answer.json();
      if (document.activeElement === box) open(found.filter((one) => one.text !== words));
    } catch {
      close();
    }
  }

  function open(found) {
    list.replaceChildren(
      ...found.map((one, place) => {
        const item = document.createElement("li");
        item.id = `suggestion-${place}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", "false");
        item.lang = /[\u0e00-\u0e7f]/.test(one.text) ? "th" : "en";
        item.textContent = one.text;
        return item;
      }),
    );
    at = -1;
    list.hidden = !found.length;
    box.setAttribute("aria-expanded", String(!list.hidden));
    box.removeAttribute("aria-activedescendant");
    document.getElementById("heard").textContent = found.length ? suggested.replace("{n}", found.length) : "";
  }

  function close() {
    hearing.abort();
    list.hidden = true;
    at = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  }

  function move(step) {
    const items = [...list.children];
    at = (at + step + items.length + 1) % (items.length + 1); // one place beyond the last is the box itself
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === at)));
    if (at < items.length) {
      box.setAttribute("aria-activedescendant", items[at].id);
      items[at].scrollIntoView({ block: "nearest" });
    } else {
      box.removeAttribute("aria-activedescendant");
    }
  }

  function take(item) {
    box.value = item.textContent;
    close();
    show(state(), { push: true });
  }

  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      if (at < 0) at = list.children.length;
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !list.hidden && list.children[at]) {
      event.preventDefault();
      take(list.children[at]);
    }
  });
  list.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    const item = event.target.closest("[role=option]");
    if (item) take(item);
  });
  box.addEventListener("blur", close);

  // --- the map: one stop for Tab, arrows go from province to province ----------

  function roving() {
    const links = [...results.querySelectorAll("[data-map] a")];
    const first = links.find((link) => link.hasAttribute("aria-current")) ?? links[0];
    for (const link of links) link.setAttribute("tabindex", link === first ? "0" : "-1");
  }

  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  results.addEventListener("keydown", (event) => {
    const from = event.target.closest("[data-map] a");
    if (!from || !STEPS[event.key]) return;
    event.preventDefault();
    const [down, right] = STEPS[event.key];
    let best = null;
    let least = Infinity;
    for (const link of results.querySelectorAll("[data-map] a")) {
      const rows = link.dataset.row - from.dataset.row;
      const columns = link.dataset.column - from.dataset.column;
      const ahead = rows * down + columns * right;
      const aside = Math.abs(rows * right) + Math.abs(columns * down);
      if (ahead > 0 && ahead + 3 * aside < least) [best, least] = [link, ahead + 3 * aside];
    }
    if (!best) return;
    from.setAttribute("tabindex", "-1");
    best.setAttribute("tabindex", "0");
    best.focus();
  });

  for (const kind of ["pointerover", "focusin"]) {
    results.addEventListener(kind, (event) => {
      const name = event.target.closest("[data-map] a, [data-map] > rect")?.querySelector("title")?.textContent;
      const line = results.querySelector("[data-map-name]");
      if (name && line) line.textContent = name;
    });
  }

  roving();
}

// --- a job's progress ----------------------------------------------------------

const job = document.querySelector("[data-job]");
if (job) {
  const status = document.getElementById("status");
  let said = job.firstElementChild.dataset.said;
  while (!("ended" in job.firstElementChild.dataset)) {
    await pause(700);
    const answer = await part(job.dataset.job);
    if (!answer?.ok) break;
    job.innerHTML = await answer.text();
    if (job.firstElementChild.dataset.said !== said) status.textContent = said = job.firstElementChild.dataset.said;
  }
}

// --- small things ----------------------------------------------------------------

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => setTimeout(() => form.querySelectorAll("button").forEach((one) => (one.disabled = true))));
}
addEventListener("pageshow", () => document.querySelectorAll("form[data-once] button").forEach((one) => (one.disabled = false)));
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
const again = document.querySelector("[data-again]");
if (again) setTimeout(() => location.reload(), again.dataset.again * 1000);
