/*
 * Draws, in a task instance's tab "CircleCI", the pipeline of that task.
 *
 * Airflow's UI imports this and calls what it finds under the tab's name. Everything that is drawn was recorded by the
 * task in XCom (vendors/circleci/view.py) and is read with the session of whoever looks. Names are strangers' texts:
 * they become text nodes and nothing else.
 */

const KEY = "circleci_view";
const VERSION = 1;
const AGAIN_MS = 5_000;
const AGAIN_ENDED_MS = 30_000;
const LABELED = 0.93; /* of the axis: what begins later has no room for its words */
/* States of Airflow's: a task that is in neither of them has begun, and goes on. */
const TO_BEGIN = new Set([null, "scheduled", "queued"]);
const ENDED = new Set(["success", "failed", "skipped", "upstream_failed", "removed"]);

/* What CircleCI's words, and the verdict's, look like: a colour, an icon, and a word where CircleCI's needs one. */
const LOOKS = {
  good: ["success", "succeeded"],
  bad: ["failed", "error", "failing", "infrastructure_fail", "timedout", "terminated-unknown", "unauthorized", "errored"],
  busy: ["running", "retried"],
  held: ["on_hold", "held"],
  off: ["canceled"],
  idle: ["blocked", "queued", "not_running", "not_run", "never_ran", "timed_out"],
};
const LOOK_OF = new Map(Object.entries(LOOKS).flatMap(([look, words]) => words.map((word) => [word, look])));
const ICONS = {
  good: "M3.5 8.5l3 3 6-7",
  bad: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  busy: "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
  held: "M6 4v8M10 4v8",
  off: "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11M4.2 11.8l7.6-7.6",
  idle: "M4 8h.01M8 8h.01M12 8h.01",
};

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...content.filter((part) => part !== null && part !== undefined && part !== ""));
  return made;
}

function link(url, className, ...content) {
  let safe = null;
  try {
    safe = ["http:", "https:"].includes(new URL(url).protocol) ? url : null;
  } catch {
    safe = null;
  }
  if (safe === null) return element("span", className, ...content);
  const made = element("a", className, ...content);
  made.href = safe;
  made.target = "_blank";
  made.rel = "noopener noreferrer";
  return made;
}

function icon(look) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `icon ${look}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[look]);
  svg.append(path);
  return svg;
}

const lookOf = (word) => LOOK_OF.get(word) ?? "idle";
const inWords = (word) => String(word).replaceAll("_", " ");
const state = (word) => element("span", `state ${lookOf(word)}`, icon(lookOf(word)), inWords(word));
const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
const list = (value) => (Array.isArray(value) ? value : []);

function lasting(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return whole % 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole / 60} min`;
  const minutes = Math.round(whole / 60);
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

function notice(look, title, text) {
  const card = element("div", "notice", icon(look), element("h2", "", title), element("p", "", text));
  card.setAttribute("role", "status");
  return card;
}

/* One time axis for all workflows: from the first beginning to the last end, or to now while something runs. */
function axisOf(view, nowS) {
  const rows = list(view.workflows).flatMap((flow) => [flow, ...list(flow.jobs)]);
  const begins = rows.map((row) => row.started_s).filter(Number.isFinite);
  const ends = rows.map((row) => row.stopped_s).filter(Number.isFinite);
  const goesOn = rows.some((row) => Number.isFinite(row.started_s) && !Number.isFinite(row.stopped_s));
  const from = begins.length ? Math.min(...begins) : nowS;
  const to = Math.max(from + 1, ...ends, goesOn ? nowS : from);
  return { from, to, at: (moment) => (100 * (moment - from)) / (to - from) };
}

function ticks(spanS) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
  const step = steps.find((each) => spanS / each <= 5.5) ?? Math.ceil(spanS / 5 / 86400) * 86400;
  return Array.from({ length: Math.floor(spanS / step) + 1 }, (_, index) => index * step);
}

/* Build a view's drawing; its `move` sets what depends on the time. */
function drawing(view) {
  const flows = list(view.workflows);
  const jobs = flows.flatMap((flow) => list(flow.jobs));
  const pipeline = view.pipeline ?? {};
  const number = pipeline.number === null || pipeline.number === undefined ? "" : ` #${pipeline.number}`;
  const movers = [];
  const took = element("span");
  const head = element(
    "header",
    "head",
    element("h1", "", link(pipeline.url, "", `Pipeline${number}`)),
    state(view.status),
    element("span", "project", pipeline.project ?? ""),
    pipeline.url ? link(pipeline.url, "open", "Open in CircleCI") : null,
  );
  const jobsLeftOut = flows.reduce((sum, flow) => sum + (flow.jobs_left_out || 0), 0);
  const facts = element(
    "p",
    "facts",
    element("span", "", counted(flows.length + (view.workflows_left_out || 0), "workflow")),
    element("span", "", (jobsLeftOut ? "at least " : "") + counted(jobs.length + jobsLeftOut, "job")),
    took,
  );
  movers.push((nowS) => {
    const axis = axisOf(view, nowS);
    took.textContent = jobs.length || flows.length ? lasting(axis.to - axis.from) : "";
  });
  const parts = [head, facts];
  // The verdict's own words say more than the table where nothing is in it, or where somebody has to act.
  if (view.message && (!flows.length || !["succeeded", "running", "failed"].includes(view.status))) {
    parts.push(element("p", `message ${lookOf(view.status)}`, view.message));
  }
  if (flows.length) parts.push(gantt(view, flows, movers));
  if (list(view.failed_tests).length) parts.push(failedTests(view));
  const made = element("div", "pipeline", ...parts);
  // Two clocks never agree; what has ended, has ended by now.
  const latest = Math.max(0, ...[...flows, ...jobs].map((row) => row.stopped_s).filter(Number.isFinite));
  return { made, move: (nowS) => movers.forEach((mover) => mover(Math.max(nowS, latest))) };
}

function gantt(view, flows, movers) {
  const scale = element("div", "scale");
  const heads = ["Job", "State", "Took"].map((word) => {
    const cell = element("th", "", word);
    cell.scope = "col";
    return cell;
  });
  const timeline = element("th", "timeline", scale);
  timeline.setAttribute("aria-label", "Timeline");
  const table = element("table", "gantt", element("thead", "", element("tr", "", ...heads, timeline)));
  movers.push((nowS) => {
    const axis = axisOf(view, nowS);
    scale.replaceChildren(
      ...ticks((axis.to - axis.from) * LABELED).map((tick) => {
        const mark = element("span", "tick", tick ? lasting(tick) : "0");
        mark.style.left = `${axis.at(axis.from + tick)}%`;
        return mark;
      }),
    );
  });
  for (const flow of flows) {
    const body = element("tbody", "", row(view, flow, "workflow", movers));
    for (const job of list(flow.jobs)) body.append(row(view, job, "job", movers, waitsFor(job, flow)));
    const rest = flow.jobs_left_out ? `and at least ${counted(flow.jobs_left_out, "more job")}` : "";
    const lacking = flow.jobs_read === false ? "its jobs have not been read yet" : rest;
    if (lacking) body.append(more(lacking));
    table.append(body);
  }
  if (view.workflows_left_out) {
    table.append(element("tbody", "", more(`and ${counted(view.workflows_left_out, "more workflow")}`)));
  }
  return element("div", "scroll", table);
}

function more(text) {
  const cell = element("td", "more", text);
  cell.colSpan = 4;
  return element("tr", "", cell);
}

function waitsFor(job, flow) {
  const names = list(job.after).map((place) => list(flow.jobs)[place]?.name).filter(Boolean);
  if (!names.length) return "";
  return names.length > 3 ? `after ${names.length} jobs` : `after ${names.join(", ")}`;
}

function row(view, what, kind, movers, hint = "") {
  const name = element("th", "name", link(what.url, "", what.name), hint ? element("small", "", hint) : null);
  name.scope = kind === "job" ? "row" : "rowgroup";
  const took = element("td", "took");
  const bar = element("div", `bar ${lookOf(what.status)}`);
  const track = element("td", "timeline", element("div", "track", bar));
  movers.push((nowS) => {
    const axis = axisOf(view, nowS);
    const begun = Number.isFinite(what.started_s);
    const goesOn = begun && !Number.isFinite(what.stopped_s);
    const until = goesOn ? Math.max(what.started_s, Math.min(nowS, axis.to)) : what.stopped_s;
    bar.hidden = !begun;
    bar.classList.toggle("open", goesOn);
    took.textContent = begun ? lasting(until - what.started_s) : "–";
    if (begun) {
      bar.style.left = `${axis.at(what.started_s)}%`;
      bar.style.width = `${axis.at(until) - axis.at(what.started_s)}%`;
    }
  });
  const word = kind === "job" && what.type === "approval" && what.status === "on_hold" ? "needs approval" : null;
  const cell = element("td", "", word ? element("span", "state held", icon("held"), word) : state(what.status));
  return element("tr", kind, name, cell, took, track);
}

function failedTests(view) {
  const shown = list(view.failed_tests);
  const items = shown.map((test) =>
    element(
      "li",
      "",
      element("div", "test", icon("bad"), element("code", "", test.name)),
      element("div", "where", [test.job, test.file].filter(Boolean).join(" · ")),
      test.message ? element("pre", "", test.message) : null,
    ),
  );
  return element(
    "section",
    "tests",
    element("h2", "", view.tests_left_out ? `The first ${shown.length} failed tests` : counted(shown.length, "failed test")),
    element("ul", "", ...items),
    view.tests_left_out ? element("p", "more", "More may have failed; CircleCI has them all.") : null,
  );
}

/* What to say where there is nothing to draw. */
function emptiness(task) {
  const word = task.state ?? "no state yet";
  if (!ENDED.has(task.state)) {
    return TO_BEGIN.has(task.state)
      ? notice("idle", "Nothing to draw yet", `The task has not begun (${inWords(word)}). Its pipeline appears here once it runs.`)
      : notice("busy", "No pipeline yet", "It appears here as soon as the task has recorded one. This page looks again by itself.");
  }
  return notice(
    "idle",
    "No pipeline was recorded",
    `The task ended (${inWords(word)}) without one. It follows no CircleCI pipeline, or never got to start it: its log says more.`,
  );
}

function readView(entry) {
  let view = entry.value;
  for (let depth = 0; depth < 2 && typeof view === "string"; depth += 1) {
    try {
      view = JSON.parse(view);
    } catch {
      return { trouble: "Its recording is kept outside of Airflow's database, by an XCom backend of this installation." };
    }
  }
  if (typeof view !== "object" || view === null) return { trouble: "What was recorded is no pipeline." };
  if (view.version !== VERSION) {
    return { trouble: "It was recorded by another version of airflow-provider-circle. Reload the page, or run the task again." };
  }
  return { view };
}

class Refused extends Error {
  constructor(status) {
    super(
      {
        401: "Airflow has signed you out. Reload the page to sign in.",
        403: "You may not read the XCom of this task, which is where its pipeline is recorded.",
      }[status] ?? `Airflow answered ${status}.`,
    );
    this.status = status;
    this.final = status === 401 || status === 403;
  }
}

async function ask(path, signal) {
  const reply = await fetch(new URL(`api/v2/${path}`, document.baseURI), {
    signal,
    headers: { Accept: "application/json" },
  });
  if (reply.status === 404) return null;
  if (!reply.ok) throw new Refused(reply.status);
  return reply.json();
}

/* Show one task instance in a place, and keep it up to date until the returned function is called. */
function show(place, { dagId, runId, taskId, mapIndex }) {
  const index = /^\d+$/.test(mapIndex ?? "") ? Number(mapIndex) : -1;
  const [dag, run, task] = [dagId, runId, taskId].map((part) => encodeURIComponent(part ?? ""));
  const instance = `dags/${dag}/dagRuns/${run}/taskInstances/${task}`;
  const root = place.shadowRoot ?? place.attachShadow({ mode: "open" });
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL(`circleci.css${new URL(import.meta.url).search}`, import.meta.url).href;
  const banner = element("p", "banner");
  banner.setAttribute("role", "status");
  banner.hidden = true;
  const canvas = element("main", "", notice("idle", "Looking …", "Asking Airflow what the task has recorded."));
  const foot = element("footer", "");
  root.replaceChildren(style, element("div", "page", banner, canvas, foot));

  const ended = new AbortController();
  let timer = 0;
  let drawn = "";
  let current = null;

  function warn(text) {
    banner.textContent = text;
    banner.hidden = !text;
  }

  function put(key, build) {
    if (drawn === key) return;
    drawn = key;
    current = build();
    canvas.replaceChildren(current.made ?? current);
  }

  function draw(found, entry) {
    const over = ENDED.has(found.state);
    foot.textContent = "";
    if (entry === null) {
      put(`empty ${found.state}`, () => emptiness(found));
      warn("");
      return;
    }
    const { view, trouble } = readView(entry);
    if (trouble) {
      put(trouble, () => notice("idle", "The pipeline cannot be drawn", trouble));
      warn("");
      return;
    }
    put(JSON.stringify(view), () => drawing(view));
    const sinceS = Math.max(0, Date.now() / 1000 - view.noted_s);
    current.move(over ? view.taken_s : view.taken_s + sinceS);
    const unfinished = view.status === "running" || view.status === "held";
    warn(
      over && unfinished
        ? `The task ended (${inWords(found.state)}) while its pipeline was still ${inWords(view.status)}. This is the last that was recorded.`
        : "",
    );
    const age = sinceS < 5 ? "just now" : `${lasting(sinceS)} ago`;
    foot.textContent = over ? `Recorded ${age}.` : `Last change recorded ${age}. This page looks again by itself.`;
  }

  async function look() {
    clearTimeout(timer);
    let wait = AGAIN_MS;
    try {
      const found = await ask(index < 0 ? instance : `${instance}/${index}`, ended.signal);
      const entry = found && (await ask(`${instance}/xcomEntries/${KEY}?map_index=${index}`, ended.signal));
      if (ended.signal.aborted) return;
      draw(found ?? { state: null }, entry);
      if (ENDED.has(found?.state)) wait = AGAIN_ENDED_MS;
    } catch (error) {
      if (ended.signal.aborted) return;
      const text = error instanceof Refused ? error.message : "Airflow cannot be reached just now. Trying again.";
      if (current === null) put(text, () => notice("bad", "The pipeline cannot be shown", text));
      else if (current.made) warn(text);
      else put(text, () => notice("bad", "The pipeline cannot be shown", text));
      wait = error instanceof Refused && error.final ? 0 : AGAIN_MS;
    }
    if (wait && !document.hidden) timer = setTimeout(look, wait);
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()), {
    signal: ended.signal,
  });
  look();
  return () => {
    ended.abort();
    clearTimeout(timer);
  };
}

/* The component Airflow's UI looks for; React is the one it brings. */
globalThis.CircleCI = function CircleCI({ dagId, runId, taskId, mapIndex }) {
  const { createElement, useEffect, useRef } = globalThis.React;
  const place = useRef(null);
  useEffect(() => show(place.current, { dagId, runId, taskId, mapIndex }), [dagId, runId, taskId, mapIndex]);
  return createElement("div", { ref: place, style: { height: "100%", overflow: "auto" } });
};
