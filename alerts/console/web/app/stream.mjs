// @ts-check
// The stream that everything on this page lives on.
//
// A cursor, a snapshot, a watchdog. EventSource alone dies for ever on one 503
// and never notices a line that is open but silent; so this reopens it by hand,
// with the cursor in the address. Each event carries a whole incident and a
// version, so an event seen twice changes nothing.
import { signal } from '../vendor/preact.mjs';
import { onTick } from './clock.mjs';

const HEARTBEAT = Number(document.body.dataset.heartbeat) || 5000; // ms
const STALE = 2.4 * HEARTBEAT; // 12 s of 5: reopen
const LOST = 3 * HEARTBEAT;    // 15 s of 5: say and sound it

/** connecting, live, late (silent longer than it should be), lost, or out (not logged in any more). */
export const link = signal('connecting');
/** How long ago the server was last heard, ms. */
export const linkAge = signal(0);

// What tests and a maintainer want to know; see main.mjs.
export const trace = { ids: /** @type {number[]} */ ([]), duplicates: 0, opened: 0, resets: 0 };

let cursor = /** @type {number | null} */ (null), source = null, heard = performance.now(), opened = performance.now(), back = 250, retry = 0, handlers, failures = 0, opening = 0;

/** The newest event that was taken in; 0: none yet. */
export const applied = () => cursor ?? 0;

/** handlers: {snapshot(list), incident(inc), heartbeat(hb), canary()} */
export function start(h) {
  handlers = h;
  connect();
  onTick(watch);
}

async function connect() {
  clearTimeout(retry);
  const mine = ++opening; // an older attempt that finishes late must not win
  source?.close();
  source = null;
  opened = performance.now();
  // After two failures in a row, ask for a snapshot first: an EventSource cannot
  // tell "log in again" from "the server is away".
  if (cursor === null || failures > 1) {
    try {
      const res = await fetch('/v1/snapshot', { cache: 'no-store', signal: AbortSignal.timeout(STALE) });
      if (mine !== opening) return;
      if (res.status === 401) { link.value = 'out'; return again(4000); }
      if (!res.ok) throw new Error(`snapshot ${res.status}`);
      const snap = await res.json();
      if (mine !== opening) return;
      if (cursor === null) {
        cursor = snap.seq;
        handlers.snapshot(snap);
      }
    } catch {
      if (mine === opening) again();
      return;
    }
  }
  const es = source = new EventSource(`/v1/events?after=${cursor}`);
  trace.opened++;
  const on = (name, fn) => es.addEventListener(name, e => { if (es === source) { hear(); fn(/** @type {MessageEvent} */ (e)); } });
  // "open" is not listened to: a proxy can open a stream that nobody speaks on.
  on('hb', e => handlers.heartbeat(JSON.parse(e.data)));
  on('incident', e => {
    const id = Number(e.lastEventId);
    if (id <= /** @type {number} */ (cursor)) { trace.duplicates++; return; }
    cursor = id;
    trace.ids.push(id);
    if (trace.ids.length > 5000) trace.ids.splice(0, 2500);
    handlers.incident(JSON.parse(e.data));
  });
  // The daemon's own test press: nobody is shown it, and it is answered for.
  on('canary', e => {
    const id = Number(e.lastEventId);
    if (id > /** @type {number} */ (cursor)) cursor = id;
    handlers.canary();
  });
  on('reset', () => { trace.resets++; cursor = null; connect(); });
  es.onerror = () => { if (es === source) { failures++; again(); } };
}

function again(wait) {
  source?.close();
  source = null;
  clearTimeout(retry);
  retry = setTimeout(connect, (wait || back) + Math.random() * 100);
  back = Math.min(back * 2, 4000);
}

function hear() {
  heard = performance.now();
  failures = 0;
  back = 250;
  linkAge.value = 0;
  link.value = 'live';
}

function watch() {
  const age = performance.now() - heard;
  linkAge.value = age;
  if (link.value !== 'out') {
    if (age > LOST) link.value = 'lost';
    else if (age > 1.3 * HEARTBEAT || (age > 1000 && !source)) link.value = 'late';
  }
  // The silence may be of the line and not of the server: open a new one.
  if (source && age > STALE && performance.now() - opened > STALE) { failures++; connect(); }
}
