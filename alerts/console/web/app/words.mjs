// @ts-check
// The dictionaries and what is worded with them. Codes are stored, text is made
// here, in the reader's language; names and addresses are never translated.
import { signal } from '../vendor/preact.mjs';

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

/** Who did it: the journal says "operator li", "dispatcher", "recorder", or the person who answered. */
export function actor(line, inc) {
  if (line.what === 'reported') return t('by.carrier');
  if (line.what === 'seen') return t('by.console');
  const [kind, ...rest] = (line.by || '').split(' ');
  if (kind === 'operator') return rest.join(' ');
  const name = personName(line.by, inc);
  return name === line.by ? word('by', kind) : name;
}

/** One line of the timeline in words. */
export function lineWords(line, inc) {
  const who = personName(line.who, inc);
  const d = line.data || {};
  switch (line.what) {
    case 'raised': return t('line.raised', { kind: word('kind', d.kind || inc.kind), device: line.who || inc.device }) + battery(d) + (line.text ? ` · ${line.text}` : '');
    case 'joined': return t('line.joined', { kind: word('kind', d.kind || inc.kind), device: line.who || '' }) + battery(d);
    case 'dispatched': return t('line.dispatched', { offers: d.offers ?? 0, alerts: d.alerts ?? 0 }) + (line.text ? ` · ${reason(line.text)}` : '');
    case 'alerted': return t('line.alerted', { alerts: d.alerts ?? 0 });
    case 'retaken': return t('line.retaken', { alerts: d.alerts ?? 0 });
    case 'reported': return (Array.isArray(d) ? d : []).map(r => {
      const a = inc.alerts.find(a => a.id === r.alert);
      return `${a?.name || a?.to || r.alert} ${word('alert', r.state)}${r.code ? ` (${r.code})` : ''}`;
    }).join('；');
    case 'replied': return t('line.replied', { who, text: line.text });
    case 'seen': return t(d.audio === 'running' ? 'line.seen' : 'line.seen_mute', { who });
    case 'acknowledged': return t('line.acknowledged', { who });
    case 'noted': return line.text;
    case 'closed': return t('line.closed', { how: word('disposition', typeof line.data === 'string' ? line.data : inc.ended?.disposition) }) + (line.text ? ` · ${line.text}` : '');
    default: return t('line.moved', { who, what: word('assignment', line.what) });
  }
}

function battery(d) {
  return d.battery === undefined ? '' : ` · ${t('battery', { n: d.battery })}`;
}

function personName(id, inc) {
  return inc.offers.find(o => o.responder === id)?.name || inc.alerts.find(a => a.to === id)?.name || id || '';
}
