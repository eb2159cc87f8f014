// @ts-check
// The daemon's reasons are English sentences of a small set, stored as they are.
// Here they become the reader's; one that a later build adds is shown as it came.
import { t, word, lang } from './words.mjs';

// Patterns of sentences that carry something, with the key of their words. Those
// without are keys of the dictionary themselves, under "reason.".
const PATTERNS = [
  [/^(\d+) others rank before/, 'reason.rank', ['n']],
  [/^elder (.+) is not registered$/, 'reason.unregistered', ['id']],
  [/^a (\w+) press is for the desk$/, 'reason.desk', ['kind']],
  [/^does not do (.+)$/, 'reason.category', ['what']],
  [/^nobody is on the way after (\S+)$/, 'reason.alone', ['span']],
  [/^(?:still )?nobody is on the way after (\S+), and no operator has taken it$/, 'reason.still_alone', ['span']],
  [/^the help that was asked for is not on the way after (\S+)$/, 'reason.more_late', ['span']],
  [/^the help that was asked for is not on the way after (\S+), and no operator has taken it$/, 'reason.more_late', ['span']],
  [/^no operator has taken it after (\S+)$/, 'reason.untaken', ['span']],
  [/^open for (\S+), and nothing has happened (?:for|since) .+$/, 'reason.idle', ['span']],
  [/^nobody is on call as (\w+)$/, 'reason.no_call', ['role']],
  [/^no answer in (\S+)$/, 'reason.silent', ['span']],
  [/^not on scene (\S+) after (\w+)$/, 'reason.late', ['span']],
  [/^has not moved in (\S+)$/, 'reason.still', ['span']],
  [/^(\d+) m nearer$/, 'reason.nearer', ['n']],
  [/^chosen by operator (.+)$/, 'reason.chosen', ['who']],
  [/^by the word of (.+)$/, 'reason.word', ['who']],
  [/^(.+) is (offered|accepted|en_route|on_scene)$/, 'reason.live', ['who', 'state']],
  [/^responder (.+) is not in the directory$/, 'reason.nobody', ['id']],
];

const worded = { kind: v => word('kind', v), role: v => word('role', v), state: v => word('assignment', v), span: spanWords };

export function reason(text) {
  const whole = (text || '').replace(/: not possible now( by one operator alone)?$/, '');
  const parts = whole.split('; ').map(one);
  return parts.includes(null) ? whole : parts.join(t('comma'));
}

// Null where nobody here knows the sentence.
function one(text) {
  for (const [pattern, key, names] of PATTERNS) {
    const m = /** @type {RegExp} */ (pattern).exec(text);
    if (m) return t(key, Object.fromEntries(/** @type {string[]} */ (names).map((n, i) => [n, worded[n] ? worded[n](m[i + 1]) : m[i + 1]])));
  }
  const known = word('reason', text);
  return known === text ? null : known;
}

/** A length of time as Go writes it ("1m30s", "2h0m0s") in words. */
export function spanWords(text) {
  const m = /^(?:(\d+)h)?(?:(\d+)m)?(?:([\d.]+)s)?$/.exec(text || '');
  if (!m || !text) return text;
  const s = Math.round(Number(m[1] || 0) * 3600 + Number(m[2] || 0) * 60 + Number(m[3] || 0));
  return spanOf(s);
}

/** Seconds in words: to two minutes in seconds, then in minutes, then in hours. */
export function spanOf(s) {
  const of = (n, unit) => new Intl.NumberFormat(lang.value, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 0 }).format(n);
  if (s < 60 || (s < 120 && s % 60)) return of(Math.round(s), 'second');
  return s < 7200 ? of(Math.round(s / 60), 'minute') : of(Math.round(s / 3600), 'hour');
}
