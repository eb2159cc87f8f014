// @ts-check
// What this page knows: the open incidents, which one is looked at, and who is
// at the other consoles.
import { signal, computed, batch } from '../vendor/preact.mjs';
import * as alarm from './alarm.mjs';
import { link, start, applied } from './stream.mjs';
import { setServerTime, onTick, waitsSince } from './clock.mjs';
import { post } from './desk.mjs';
import { alone, beckons, isOpen, isOrder, loud, turned, untaken } from './help.mjs';

const boot = document.body.dataset;
export const me = boot.operator;
export const readOnly = boot.readonly === 'true';
// Not randomUUID: it is missing on plain HTTP.
export const consoleID = Array.from(crypto.getRandomValues(new Uint8Array(8)), b => b.toString(16).padStart(2, '0')).join('');

export const incidents = signal(/** @type {Map<string, any>} */ (new Map()));
export const selectedID = signal('');
export const closedView = signal(/** @type {any} */ (null)); // the one looked at, after it was closed
export const operators = signal(/** @type {any[]} */ ([]));
export const armedConsoles = signal(0);
export const status = signal(/** @type {string[]} */ ([]));
export const newBuild = signal(false);
export const drafts = signal(/** @type {Record<string, string>} */ ({})); // notes being written, by incident
export const dialog = signal(/** @type {any} */ (null)); // {what, id, ...} of the one that is open
export const calling = signal(/** @type {any} */ (null)); // {id, whom} of the telephone panel
export const loaded = signal(false);

const waits = untaken;
const byUrgency = (a, b) => a.urgency - b.urgency || Date.parse(waitsSince(a)) - Date.parse(waitsSince(b)) || (a.id < b.id ? -1 : 1);

export const selected = computed(() => incidents.value.get(selectedID.value) || (closedView.value?.id === selectedID.value ? closedView.value : null));

// The list never moves under the pointer: while it is over the queue, known
// cards keep their places and new ones go to the end of their section.
export const held = signal(false);
let lastOrder = /** @type {string[]} */ ([]);
export const queue = computed(() => {
  const all = [...incidents.value.values()].sort(byUrgency);
  const place = new Map(held.value ? lastOrder.map((id, n) => [id, n]) : []);
  if (held.value) all.sort((a, b) => (place.get(a.id) ?? 1e9) - (place.get(b.id) ?? 1e9));
  lastOrder = all.map(i => i.id);
  const calls = all.filter(i => !isOrder(i)), handled = calls.filter(i => !waits(i));
  // Whoever has nobody on the way stands above those who have, and what asks for
  // this operator above what does not.
  if (!held.value) handled.sort((a, b) => Number(alone(b)) - Number(alone(a)) || beckons(b, me).length - beckons(a, me).length);
  return { waiting: calls.filter(waits), handled, orders: all.filter(isOrder) };
});

/** The call for help that F2 takes: the most urgent, then the oldest. Orders never stand before it. */
export const mostUrgent = computed(() => [...incidents.value.values()].filter(i => waits(i) && !isOrder(i)).sort(byUrgency)[0] || null);
/** What F2 takes: a call for help, else the order that is looked at. */
export const next = computed(() => mostUrgent.value || (selected.value && isOrder(selected.value) && waits(selected.value) ? selected.value : null));

export function apply(inc) {
  const old = incidents.value.get(inc.id);
  if (old && old.version >= inc.version) return false;
  const next = new Map(incidents.value);
  if (inc.state === 'closed') {
    next.delete(inc.id);
    if (selectedID.value === inc.id) closedView.value = inc;
  } else {
    next.set(inc.id, inc);
  }
  batch(() => {
    incidents.value = next;
    look(inc, !old);
  });
  return true;
}

// Selection moves by itself only where nobody is at work: never away from a
// note being written, an open dialog, a call not yet taken, or an incident at
// which a key or the pointer was used a moment ago.
const ATTENDED = 30000; // ms
let touched = -Infinity;
for (const what of ['keydown', 'pointerdown', 'wheel']) addEventListener(what, () => { touched = performance.now(); }, { capture: true, passive: true });

function look(inc, fresh) {
  const cur = selected.value;
  const busy = cur && cur.state !== 'closed' && ((waits(cur) && !isOrder(cur)) || drafts.value[cur.id] || dialog.value || calling.value || performance.now() - touched < ATTENDED);
  if (fresh && waits(inc) && !busy && cur?.id !== inc.id && !(isOrder(inc) && cur && isOpen(cur))) select(inc.id);
}

/** Opens a dialog on an incident: close, assign, takeover or handover. */
export function open(what, id, more) { dialog.value = { what, id, ...more }; }
/** Opens the telephone panel: elder, ambulance, family, or somebody by id. */
export function ring(id, whom) { calling.value = { id, whom }; }

export function select(id) {
  batch(() => {
    selectedID.value = id;
    if (closedView.value && closedView.value.id !== id) closedView.value = null;
  });
}

// The sound is decided here, in the stream's handler, before anything is drawn.
function soundFor(fresh) {
  const first = mostUrgent.value;
  const rings = [...incidents.value.values()].some(i => i.urgency < 3 && loud(i));
  if (link.value === 'lost' || link.value === 'out') alarm.ring('link');
  else alarm.ring(first && first.urgency < 3 ? first.urgency : null, Boolean(fresh && waits(fresh) && fresh.urgency < 3), rings);
  if (fresh && waits(fresh) && fresh.urgency >= 3) alarm.chime();
}

/** After a command's answer: it may be here before the stream brings it. */
export function took(inc) { apply(inc); soundFor(null); }

// Receipts: this page has painted the incident, and this is how its sound is.
// A receipt with silent sound is sent again when the sound comes; one that was
// not stored, or whose card was not there yet, is tried again with the next beat.
const receipted = new Map();
const soundNow = () => (alarm.audio.value === 'running' ? 'running' : 'suspended');
const owed = inc => !readOnly && waits(inc) && inc.state !== 'closed' && receipted.get(inc.id) !== 'running' && receipted.get(inc.id) !== soundNow();

function receipt(inc) {
  if (!owed(inc)) return;
  const send = visible => {
    if (!owed(inc) || !document.getElementById(`card-${inc.id}`)) return;
    const sound = soundNow();
    receipted.set(inc.id, sound);
    post(`/v1/incidents/${encodeURIComponent(inc.id)}/seen`, { console: consoleID, version: inc.version, audio: sound, visible })
      .then(answer => { if (answer.status >= 500) receipted.delete(inc.id); }, () => receipted.delete(inc.id));
  };
  // The first task after a frame: what the frame showed is on the screen. A
  // hidden page draws no frames, and says that it is hidden.
  if (document.hidden) setTimeout(() => send(false), 50);
  else requestAnimationFrame(() => setTimeout(() => send(true), 0));
}

// A page with a script error may not paint what it rings for; see guard.js.
const faulty = () => document.getElementById('fault') !== null;

let reported = '', reportedAt = 0;
function reportState(gone) {
  const body = {
    console: consoleID, armed: alarm.audio.value === 'running' && link.value === 'live' && !faulty(), visible: !document.hidden,
    silenced: alarm.hushedUntil.value > 0, gone: Boolean(gone),
  };
  const text = JSON.stringify(body);
  if (text === reported && performance.now() - reportedAt < 4000) return;
  reported = text;
  reportedAt = performance.now();
  post('/v1/consoles/state', { ...body, applied: applied() }, { keepalive: Boolean(gone) }).then(answer => {
    if (answer.status === 200) batch(() => { operators.value = answer.data.operators; armedConsoles.value = answer.data.armed_consoles; });
  }).catch(() => { reportedAt = 0; });
}

export function run() {
  start({
    snapshot(snap) {
      setServerTime(snap.server_time);
      const unknown = snap.incidents.find(i => waits(i) && !incidents.value.has(i.id));
      batch(() => {
        incidents.value = new Map(snap.incidents.map(i => [i.id, i]));
        loaded.value = true;
        if (!selected.value) select(mostUrgent.value?.id || queue.value.handled[0]?.id || '');
      });
      soundFor(unknown);
      snap.incidents.forEach(receipt);
    },
    incident(inc) {
      const old = incidents.value.get(inc.id);
      if (!apply(inc)) return;
      soundFor(!old || inc.pressed > old.pressed ? inc : null); // pressing again rings again
      if (old && turned(old, inc, me)) alarm.chime();
      receipt(inc);
    },
    canary() { // answered as soon as what came before it is drawn
      setTimeout(() => { reported = ''; reportState(); }, 0);
    },
    heartbeat(hb) {
      setServerTime(hb.server_time);
      batch(() => {
        operators.value = hb.operators || [];
        armedConsoles.value = hb.armed_consoles;
        status.value = hb.status || [];
        newBuild.value = hb.build !== boot.build; // shown, never acted on: a reload is a silent console
      });
    },
  });
  let before = '';
  onTick(() => {
    const is = link.value + alarm.audio.value;
    if (is !== before) { before = is; soundFor(null); }
    incidents.value.forEach(receipt);
    for (const id of receipted.keys()) if (!incidents.value.has(id)) receipted.delete(id);
    reportState();
  });
  alarm.audio.subscribe(() => reportState());
  link.subscribe(() => reportState());
  addEventListener('pagehide', () => reportState(true));
}
