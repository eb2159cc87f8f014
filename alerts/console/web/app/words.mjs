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

const ON_CALL = ['supervisor', 'centre', 'engineer'];
/** Who has an incident: an operator's name, or the role of somebody on call who has none. */
export const holder = name => (ON_CALL.includes(name) ? word('role', name) : name || '');

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

/** The field of a press that could not be read, in words; the daemon's own sentence follows for the technician. */
export function defect(text) {
  const m = /^field (\S+) /.exec(text || '');
  return t('defect', { field: m ? word('field', m[1]) : t('field.(body)'), text });
}
