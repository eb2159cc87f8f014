// @ts-check
// Time as the server has it: a PC's own clock may be minutes off, and every
// timer on this page is read by people who act on it.
import { signal } from '../vendor/preact.mjs';

const boot = document.body.dataset;

let offset = 0; // server minus this PC, ms
export const now = signal(Date.now()); // server time, moved by the worker twice a second
const listeners = new Set();

/** Called with the server's time of each heartbeat. */
export function setServerTime(iso) {
  offset = Date.parse(iso) - Date.now();
  now.value = Date.now() + offset;
}

export function serverNow() { return Date.now() + offset; }

/** Runs twice a second, in hidden tabs too. */
export function onTick(fn) { listeners.add(fn); }

// The beat comes from a worker: a hidden tab's own timers are slowed to one a
// minute, and then the watchdog would sleep with the screen. Trusted Types
// admit this one address.
const workerURL = new URL('./beat.mjs', import.meta.url).href;
const policy = self.trustedTypes?.createPolicy('onekeyd', {
  createScriptURL(u) {
    if (u !== workerURL) throw new TypeError('not our worker');
    return u;
  },
});
const worker = new Worker(/** @type {any} */ (policy ? policy.createScriptURL(workerURL) : workerURL), { type: 'module' });
worker.onmessage = () => {
  now.value = serverNow();
  for (const fn of listeners) fn();
};

function formatter(options) {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: boot.zone, hourCycle: 'h23', ...options });
  } catch {
    return new Intl.DateTimeFormat('en-GB', { hourCycle: 'h23', ...options }); // a zone this browser does not know
  }
}
const seconds = formatter({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const tenths = formatter({ hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 1 });

const days = formatter({ month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function clockTime(when) { return seconds.format(new Date(when)); }
export function lineTime(when) { return tenths.format(new Date(when)); }

/** The time of day, with the day in front when it is far from another time. */
export function momentTime(when, from) {
  return Math.abs(Date.parse(from) - Date.parse(when)) < 20 * 3600e3 ? clockTime(when) : days.format(new Date(when));
}

/** When a key was pressed: its own clock's word if that is earlier than ours, as the daemon reckons lateness. */
export function pressTime(press, had) {
  const received = press.received || press.stored_at || had;
  return press.at && Date.parse(press.at) < Date.parse(received) ? press.at : received;
}

/** Since when somebody waits: a late press was made long before it came. */
export function waitsSince(inc) {
  if (!(inc.late_ms > 0)) return inc.raised_at;
  return inc.presses[0] ? pressTime(inc.presses[0], inc.raised_at) : new Date(Date.parse(inc.raised_at) - inc.late_ms).toISOString();
}

/** How long since, as 00:17, 1:02:03 or, after two days, 51:02 h. */
export function since(iso, until) {
  const s = Math.max(0, Math.floor(((until ? Date.parse(until) : now.value) - Date.parse(iso)) / 1000));
  const h = Math.floor(s / 3600), two = n => String(n).padStart(2, '0');
  if (h >= 48) return `${h}:${two(Math.floor(s / 60) % 60)} h`;
  return (h ? `${h}:` : '') + `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/** Seconds until a moment; below 0 it is over. */
export const secondsLeft = iso => Math.ceil((Date.parse(iso) - now.value) / 1000);
