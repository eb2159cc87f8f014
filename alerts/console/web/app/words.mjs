// @ts-check
// The dictionaries and what is worded with them. Codes are stored, text is made
// here, in the reader's language; names and addresses are never translated.
import { signal } from '../vendor/preact.mjs';
import { clockTime, momentTime, pressTime } from './clock.mjs';

export const LANGS = ['zh-CN', 'en'];
export const lang = signal(document.documentElement.lang === 'en' ? 'en' : 'zh-CN');

const books = {};
for (const [l, book] of await Promise.all(LANGS.map(async l => [l, await (await fetch(new URL(`../i18n/${l}.json`, import.meta.url))).json()]))) books[l] = book;

export function t(key, vars) {
  let s = books[lang.value][key];
  if (s === undefined) return key;
  if (vars) for (const k in vars) s = s.replaceAll(`{${k}}`, vars[k] ?? '');
  return s;
}

/** A code with its word, or the code itself where a later build sends one we do not know. */
export function word(group, code) {
  const s = books[lang.value][`${group}.${code}`];
  return s === undefined ? String(code ?? '') : s;
}

export function switchLang() {
  lang.value = lang.value === 'en' ? 'zh-CN' : 'en';
  document.documentElement.lang = lang.value;
  // The server's own pages (login) follow; the cookie holds nothing but the choice.
  document.cookie = `ok_lang=${lang.value};path=/;max-age=34560000;samesite=lax`;
}

export function metres(m) {
  return m < 1000 ? `${Math.round(m)} m` : `${(m / 1000).toFixed(1)} km`;
}

/** How late a press is, from a minute to days. */
export function late(ms) {
  const m = Math.round(ms / 60000);
  if (m < 120) return t('late', { n: m });
  return m < 48 * 60 ? t('late.hours', { n: Math.round(m / 60) }) : t('late.days', { n: Math.round(m / 1440) });
}

export function minutes(s) {
  return t('minutes', { n: Math.max(1, Math.round(s / 60)) });
}

/** Why this responder: the same facts the choice was made on, in the reader's language. */
export function whyChosen(o) {
  const place = o.shared ? t('why.same', { level: word('level', o.shared) }) : t('why.none');
  return `${place} · ${o.from === 'live' ? t('why.live') : t('why.base')}`;
}

/** The daemon's reasons are English sentences of a small set; others are shown as they are. */
export function reason(text) {
  if (!text) return '';
  let m;
  if ((m = /^(\d+) others rank before/.exec(text))) return t('reason.rank', { n: m[1] });
  if ((m = /^elder (.+) is not registered$/.exec(text))) return t('reason.unregistered', { id: m[1] });
  if ((m = /^a (\w+) press is for the desk$/.exec(text))) return t('reason.desk', { kind: word('kind', m[1]) });
  return word('reason', text);
}

/** The field of a press that could not be read, in words; the daemon's own sentence follows for the technician. */
export function defect(text) {
  const m = /^field (\S+) /.exec(text || '');
  return t('defect', { field: m ? word('field', m[1]) : t('field.(body)'), text });
}

/** Who did it: the journal says "operator li", "person R-7" for a reply of that responder, "dispatcher", "recorder". */
export function actor(line, inc) {
  if (line.what === 'seen') return t('by.console');
  if (line.what === 'alerted') return t('by.node');
  if (line.what === 'replied') return person(line.who, inc);
  const [kind, ...rest] = (line.by || '').split(' ');
  if (kind === 'person') return person(rest.join(' '), inc);
  if (kind === 'operator') return rest.join(' ');
  const name = person(line.by, inc);
  return name === line.by ? word('by', kind) : name;
}

/** One line of the timeline in words, to stand behind its actor. */
export function lineWords(line, inc) {
  const who = person(line.who, inc);
  const d = line.data || {};
  switch (line.what) {
    case 'raised': return t('line.raised', { kind: word('kind', d.kind || inc.kind), device: line.who || inc.device }) + oddities(d, line.at);
    case 'joined': return t('line.joined', { kind: word('kind', d.kind || inc.kind) }) + oddities(d, line.at);
    case 'dispatched': return t('line.dispatched', { offers: d.offers ?? inc.offers.length, alerts: d.alerts ?? inc.alerts.length }) + (line.text ? ` · ${reason(line.text)}` : '');
    case 'alerted': return t('line.alerted', { alerts: d.alerts ?? 0 });
    case 'replied': return t('line.replied', { text: line.text ?? '' }) + (d.verb === 'unknown' ? ` · ${t('line.not_understood')}` : '');
    case 'seen': return t(d.audio === 'running' ? 'line.seen' : 'line.seen_mute', { who });
    case 'acknowledged': return t('line.acknowledged');
    case 'noted': return line.text;
    case 'closed': return t('line.closed', { how: word('disposition', typeof line.data === 'string' ? line.data : inc.ended?.disposition) }) + (line.text ? ` · ${line.text}` : '');
    default: return actor(line, inc) === who ? word('assignment', line.what) : t('line.moved', { who, what: word('assignment', line.what) });
  }
}

// What a press brought beside itself; of a late one both times.
function oddities(d, at) {
  const out = [];
  if (d.late_ms > 0) out.push(`${late(d.late_ms)} (${t('late.times', { pressed: momentTime(pressTime(d, at), at), had: clockTime(at) })})`);
  if (d.battery !== undefined) out.push(t('battery', { n: d.battery }));
  if (d.defect) out.push(defect(d.defect));
  return out.map(s => ` · ${s}`).join('');
}

/** A person's name by the id the journal has: a responder's, or elder#rank of a relative. */
export function person(id, inc) {
  return inc.offers.find(o => o.responder === id)?.name || inc.alerts.find(a => a.to === id)?.name || id || '';
}
