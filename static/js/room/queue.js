// @ts-check
import { byId, icon, make } from "./dom.js";
import { clockTime } from "./format.js";
import { wireOrder } from "./queue_order.js";
import { say } from "./texts.js";
/**
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./movie.js").Movie & {duration: number | null}} Movie
 * @typedef {import("./party.js").Party} Party
 * @typedef {{id: string, movie: Movie, added_by: {id: string, name: string} | null}} Entry
 */

const PLAY = "M8 5.5v13l11-6.5z";
const CROSS = "M7 7l10 10M17 7L7 17";
const GRIP = "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01";

/**
 * The movie after the one that is loaded and that can be played, or null at the end of the queue.
 * @param {readonly Entry[]} entries
 * @param {string | null} item
 */
export function following(entries, item) {
  const here = entries.findIndex((entry) => entry.movie.id === item);
  return entries.slice(here + 1).find((entry) => entry.movie.status === "ready")?.movie ?? null;
}

/**
 * What the room will watch, and the shelf it comes from.
 * @param {Party} party
 * @param {{
 *   api: Api, code: string, user: {id: string, is_guest: boolean}, attempt: (asked: Promise<void>) => void,
 *   notice: (text: string, action?: {label: string, run: () => void}) => void, counted: (entries: number) => void,
 * }} parts
 */
export function wireQueue(party, { api, code, user, attempt, notice, counted }) {
  const list = byId("queue", HTMLOListElement);
  const next = byId("next", HTMLButtonElement);
  /** @type {Entry[]} */
  let entries = [];

  /** @param {{id: string}} movie */
  const load = (movie) => attempt(party.command({ type: "load", item: movie.id, after: party.state.timeline?.item ?? null }));

  const order = wireOrder(list, {
    move: (id, place) => {
      const moved = entries.find((entry) => entry.id === id);
      if (!moved) return;
      entries.splice(entries.indexOf(moved), 1);
      entries.splice(place, 0, moved);
      show();
      byId("queue-said", HTMLElement).textContent = say("moved", { title: moved.movie.title, place: place + 1, count: entries.length });
      api.patch(`rooms/${code}/queue/${id}/`, { position: place }).catch((error) => {
        notice(error.message);
        return fetchQueue();
      });
    },
  });

  /** @param {Entry} entry */
  const remove = (entry) => {
    api.delete(`rooms/${code}/queue/${entry.id}/`).then(fetchQueue, (error) => notice(error.message));
  };

  const show = () => {
    const item = party.state.timeline?.item ?? null;
    const held = document.activeElement?.closest("#queue .queue-handle")?.closest("[data-entry]")?.getAttribute("data-entry");
    list.replaceChildren(...entries.map((entry) => entryRow(entry, {
      current: entry.movie.id === item,
      load: party.mayControl && entry.movie.status === "ready" ? () => load(entry.movie) : null,
      order: party.mayControl && entries.length > 1,
      remove: party.mayControl || entry.added_by?.id === user.id ? () => remove(entry) : null,
    })));
    // Who moves an entry by keys goes on moving it.
    const handle = held ? list.querySelector(`[data-entry="${held}"] .queue-handle`) : null;
    if (handle instanceof HTMLElement) handle.focus();
    byId("queue-empty", HTMLElement).hidden = entries.length > 0;
    byId("queue-add", HTMLButtonElement).hidden = user.is_guest;
    next.hidden = following(entries, item) === null || item === null;
    next.disabled = !party.mayControl;
    counted(entries.length);
  };

  const fetchQueue = () => api.list(`rooms/${code}/queue/`).then(
    (rows) => {
      entries = rows;
      if (!order.dragging()) show();
    },
    (error) => notice(error.message),
  );

  const loadNext = () => {
    const movie = following(entries, party.state.timeline?.item ?? null);
    if (movie) load(movie);
  };
  next.addEventListener("click", loadNext);
  party.onMessage((message) => {
    if (["queue", "movie", "welcome"].includes(message.type)) fetchQueue();
  });
  party.onState((state, before) => {
    const movie = following(entries, state.timeline?.item ?? null);
    const announced = state.timeline?.next_at !== undefined;
    if (state.timeline !== before.timeline && state.cause?.action === "ended" && !announced && movie && party.mayControl) {
      notice(say("next_up", { title: movie.title }), { label: say("play_now"), run: loadNext });
    }
    if (state.timeline?.item !== before.timeline?.item || state.you !== before.you || state.room !== before.room) show();
  });
  wireLibrary({ api, code, failed: notice, added: fetchQueue, queued: () => new Set(entries.map((entry) => entry.movie.id)) });
  wireHistory({ api, code, failed: notice });
  return { next: () => following(entries, party.state.timeline?.item ?? null) };
}

/**
 * @param {Entry} entry
 * @param {{current: boolean, order: boolean, load: (() => void) | null, remove: (() => void) | null}} may
 */
function entryRow({ id, movie, added_by }, { current, order, load, remove }) {
  const about = [movie.duration === null ? "" : clockTime(movie.duration), added_by?.name ?? ""].filter(Boolean).join(" · ");
  const handle = make("button", { class: "queue-handle", type: "button", "aria-label": say("move_title", { title: movie.title }), title: say("move_how") }, icon(GRIP));
  const row = make("li", { class: "queue-entry", "data-entry": id, "aria-current": current ? "true" : null }, ...(order ? [handle] : []), poster(movie),
    make("div", { class: "queue-words" }, make("p", { class: "queue-title" }, movie.title), make("p", { class: "muted small" }, about)));
  if (movie.status !== "ready") row.append(make("span", { class: "badge" }, say(movie.status === "failed" ? "broken" : "preparing")));
  if (current) row.append(make("span", { class: "badge badge-accent" }, say("on_screen")));
  else if (load) row.append(iconButton(PLAY, say("play_title", { title: movie.title }), load));
  if (remove && !current) row.append(iconButton(CROSS, say("remove_title", { title: movie.title }), remove));
  return row;
}

/** @param {Movie} movie */
function poster(movie) {
  if (!movie.poster) return make("span", { class: "queue-poster", "aria-hidden": "true" });
  return make("img", { class: "queue-poster", src: movie.poster, alt: "", loading: "lazy", width: "96", height: "54" });
}

/**
 * @param {string} path
 * @param {string} label
 * @param {() => void} run
 */
function iconButton(path, label, run) {
  const button = make("button", { class: "control", type: "button", "aria-label": label, title: label }, icon(path));
  button.addEventListener("click", run);
  return button;
}

/**
 * What the room has watched, read when somebody opens it.
 * @param {{api: Api, code: string, failed: (text: string) => void}} parts
 */
function wireHistory({ api, code, failed }) {
  const details = byId("watched", HTMLDetailsElement);
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    api.get(`rooms/${code}/history/`).then(
      ({ results }) => {
        byId("watched-empty", HTMLElement).hidden = results.length > 0;
        byId("watched-list", HTMLOListElement).replaceChildren(...results.map((/** @type {{title: string, started_at: string}} */ one) =>
          make("li", {}, one.title, " ", make("time", { class: "muted small", datetime: one.started_at }, new Date(one.started_at).toLocaleString()))));
      },
      (error) => failed(error.message),
    );
  });
}

/**
 * My movies that aren't in the queue yet.
 * @param {{
 *   api: Api, code: string, failed: (text: string) => void, added: () => void, queued: () => Set<string>,
 * }} parts
 */
function wireLibrary({ api, code, failed, added, queued }) {
  const dialog = byId("library", HTMLDialogElement);
  const list = byId("library-list", HTMLUListElement);

  /** @param {Movie} movie */
  const row = (movie) => {
    const button = make("button", { class: "button button-small", type: "button", "aria-label": say("add_title", { title: movie.title }) }, say("add"));
    const entry = make("li", { class: "queue-entry" }, poster(movie), make("p", { class: "queue-title queue-words" }, movie.title), button);
    button.addEventListener("click", () => {
      button.disabled = true;
      api.post(`rooms/${code}/queue/`, { movie: movie.id }).then(
        () => {
          entry.remove();
          added();
        },
        (error) => {
          button.disabled = false;
          failed(error.message);
        },
      );
    });
    return entry;
  };

  byId("queue-add", HTMLButtonElement).addEventListener("click", () => {
    dialog.showModal();
    api.list("movies/").then(
      (movies) => {
        const known = queued();
        list.replaceChildren(...movies.filter((movie) => !known.has(movie.id) && movie.status !== "failed").map(row));
        byId("library-empty", HTMLElement).hidden = list.childElementCount > 0;
      },
      (error) => failed(error.message),
    );
  });
}
