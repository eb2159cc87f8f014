// @ts-check
// Telephones of made-up people. Texts and calls come by a stream; an answer or a
// key is posted and comes back by the stream like everything else.
import { lang, t } from './words.mjs';

const $ = id => /** @type {HTMLElement} */ (document.getElementById(id));
const grid = $('grid');
/** @type {Map<string, {data: any, card: HTMLElement}>} */
const phones = new Map();
let zone = 'Asia/Shanghai';
let shown = 'all';

function el(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  e.append(...children);
  return e;
}

// ---- words of the frame

document.documentElement.lang = lang;
document.title = t('title');
$('title').textContent = t('title');
$('note').textContent = t('note');
$('none').textContent = t('none');
$('console').textContent = t('console');
$('lang').textContent = t('lang');
$('lang').onclick = () => { location.search = lang === 'en' ? '?lang=zh-CN' : '?lang=en'; };

// ---- filters

const isFamily = data => data.role === 'family';
const isAbove = data => ['supervisor', 'centre', 'engineer'].includes(data.role);
const filters = { all: () => true, helpers: d => !isFamily(d), family: isFamily };
for (const name of Object.keys(filters)) {
  const b = el('button', { type: 'button', 'data-filter': name });
  b.onclick = () => { shown = name; arrange(); };
  $('filters').append(b);
}

// ---- one phone

const houses = ['clinic', 'hospital', 'police'];

function makeCard(number) {
  const card = el('article', { class: 'phone', 'data-number': number },
    el('div', { class: 'who' }), el('div', { class: 'ring', role: 'group', 'aria-label': t('call'), hidden: '' }), el('ol', { class: 'texts' }), el('div', { class: 'keys' }));
  const input = /** @type {HTMLInputElement} */ (el('input', { maxlength: '160', placeholder: t('type'), 'aria-label': t('type'), autocomplete: 'off' }));
  const form = el('form', {}, input, el('button', {}, t('send')));
  form.onsubmit = async e => {
    e.preventDefault();
    const text = input.value.trim();
    if (text && await reply(number, text)) input.value = '';
  };
  card.append(form);
  return card;
}

function draw(card, data) {
  const family = isFamily(data), house = houses.includes(data.role);
  card.className = `phone ${family ? 'family' : house ? 'house' : ''}`;
  const role = family ? t('family') : t(data.role);
  const about = family ? t('of', { elder: data.elder, relation: data.relation }) : data.organisation === data.name ? '' : data.organisation;
  card.querySelector('.who').replaceChildren(
    el('span', { class: 'face', 'aria-hidden': 'true' }, (data.name || '?').slice(0, 1)),
    el('div', {}, el('h2', {}, data.name || spaced(data.number), el('span', { class: 'role' }, role)), el('p', {}, [about, spaced(data.number)].filter(Boolean).join(' · '))));
  card.querySelector('.texts').replaceChildren(...data.texts.map(drawText));
  drawRing(card.querySelector('.ring'), data);
  if (card.dataset.code === (data.code ?? '')) return; // a key somebody is on stays
  card.dataset.code = data.code ?? '';
  const keys = family ? [['1', 'come'], ['2', 'cannot']] : isAbove(data) ? [['1', 'take']] : [['1', 'accept'], ['2', 'decline'], ['3', 'arrived']];
  card.querySelector('.keys').replaceChildren(...keys.map(([key, word]) => {
    const text = data.code ? `${key} ${data.code}` : key;
    const b = el('button', { type: 'button', 'data-key': key, title: text }, el('b', {}, text), el('span', {}, t(word)));
    b.onclick = () => reply(data.number, text);
    return b;
  }));
}

// A call that rings, or is answered. Its buttons stay as they are while it says
// something else: somebody may be on one.
function drawRing(box, data) {
  const call = data.ring;
  box.hidden = !call;
  const want = call ? `${call.sid} ${call.state}` : '';
  if (box.dataset.call !== want) {
    box.dataset.call = want;
    box.dataset.state = call?.state ?? '';
    box.replaceChildren();
    if (!call) return;
    const answered = call.state === 'in-progress', ringing = call.state === 'ringing';
    const button = (act, ...inside) => {
      const b = el('button', { type: 'button', 'data-do': act }, ...inside);
      b.onclick = () => post('call', { sid: call.sid, do: act });
      return b;
    };
    const keys = isFamily(data) ? { 1: 'come', 2: 'cannot', 9: 'again' } : isAbove(data) ? { 1: 'take', 9: 'again' } : { 1: 'accept', 2: 'decline', 9: 'again' };
    box.append(
      el('p', { class: 'calling' }, el('span', { 'aria-hidden': 'true' }, '☎'), el('b', {}, t(answered ? 'answered' : ringing ? 'ringing' : 'initiated')), el('span', { class: 'typed' })),
      el('p', { class: 'words', 'aria-live': 'polite' }),
      el('div', { class: 'pad' }, ...answered
        ? [...Object.entries(keys).map(([key, word]) => button(key, el('b', {}, key), el('span', {}, t(word)))), button('hangup', t('hang'))]
        : ringing ? [button('answer', t('pick')), button('hangup', t('reject'))] : []));
  }
  if (!call) return;
  box.querySelector('.words').textContent = call.words || (call.state === 'in-progress' ? t('silence') : '');
  box.querySelector('.typed').textContent = call.keys;
}

/** As such numbers are written: +1 202 555 0147. */
function spaced(number) { return number.replace(/^(\+1)(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3 $4'); }

/** A text in pieces, of which addresses of pages can be followed, as on a real telephone. */
function linked(text) {
  return text.split(/(https?:\/\/\S+)/).map(s => (/^https?:/.test(s) ? el('a', { href: s, target: '_blank', rel: 'noopener' }, s) : s));
}

function drawText(text) {
  const lost = text.state === 'undelivered' || text.state === 'failed';
  if (text.call) return drawCall(text);
  const state = text.state === 'failed' ? t('state_failed') : t(text.state);
  return el('li', { class: text.mine ? 'mine' : lost ? 'lost' : '', 'data-state': text.state },
    el('p', { class: 'bubble' }, ...linked(text.body)),
    el('p', { class: 'under' }, el('time', { datetime: text.at }, clock(text.at)), ' ',
      el('span', { class: text.state === 'delivered' ? 'ok' : lost ? 'bad' : '' }, state + (text.fault ? ` ${text.fault}` : ''))));
}

function drawCall(call) {
  const state = [t('call_' + call.state), call.keys && t('pressed', { keys: call.keys.split('').join('、') })].filter(Boolean).join(' · ');
  return el('li', { class: 'call', 'data-state': call.state },
    el('p', { class: 'bubble' }, el('span', { class: 'was' }, `☎ ${t('call')} · ${state}`), call.body),
    el('p', { class: 'under' }, el('time', { datetime: call.at }, clock(call.at)), call.fault ? ` ${call.fault}` : ''));
}

function clock(iso) {
  return new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(iso));
}

const reply = (number, text) => post('reply', { number, text });

async function post(where, what) {
  let why;
  try {
    const res = await fetch(where, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(what) });
    if (res.ok) return true;
    why = (await res.json().catch(() => ({}))).error ?? res.statusText;
  } catch (e) {
    why = e.message;
  }
  $('notice').textContent = t('failed', { why });
  $('notice').hidden = false;
  setTimeout(() => { $('notice').hidden = true; }, 6000);
  return false;
}

// ---- the grid: who had the newest text or call is first, but nothing moves under a hand

let busy = false; // pointer on a phone, or somebody typing in it

function arrange() {
  const list = [...phones.values()].sort((a, b) => b.data.latest - a.data.latest);
  const inGrid = busy ? list.sort((a, b) => place(a) - place(b)) : list;
  const want = inGrid.filter(p => filters[shown](p.data)).map(p => p.card);
  for (const card of [...grid.children]) if (!want.includes(/** @type {HTMLElement} */ (card))) card.remove();
  want.forEach((card, n) => { if (grid.children[n] !== card) grid.insertBefore(card, grid.children[n] ?? null); });
  $('none').hidden = phones.size > 0;
  for (const b of $('filters').children) {
    const name = b.getAttribute('data-filter');
    b.textContent = `${t(name)} ${list.filter(p => filters[name](p.data)).length}`;
    b.setAttribute('aria-pressed', String(name === shown));
  }
}

// A phone that is not in the grid yet goes to its end while somebody is busy.
function place(p) {
  const n = [...grid.children].indexOf(p.card);
  return n < 0 ? 1e9 : n;
}

function settle() {
  const now = grid.querySelector(':hover, :focus-visible') !== null;
  if (busy && !now) {
    busy = false;
    arrange();
  }
  busy = now;
}
for (const kind of ['pointerover', 'pointerleave', 'focusin', 'focusout']) grid.addEventListener(kind, () => setTimeout(settle));

// ---- the stream

function take(message) {
  const first = phones.size === 0;
  zone = message.zone;
  for (const data of message.phones.toReversed()) { // oldest first, so that ends of the grid stay in order
    let p = phones.get(data.number);
    const news = p ? data.latest !== p.data.latest : true;
    if (!p) phones.set(data.number, p = { data, card: makeCard(data.number) });
    p.data = data;
    draw(p.card, data);
    if (news && !first && !data.texts[0]?.mine) flash(p.card);
  }
  arrange();
}

function flash(card) {
  card.classList.add('fresh');
  setTimeout(() => card.classList.remove('fresh'), 4000);
}

function say(live) {
  $('link').className = live ? 'live' : 'lost';
  $('link').textContent = t(live ? 'live' : 'lost');
}

// A browser gives up for good when it gets an answer that is no stream, so a
// closed one is opened again here.
function listen() {
  const source = new EventSource('events');
  source.onopen = () => say(true);
  source.addEventListener('phones', e => take(JSON.parse(e.data)));
  source.onerror = () => {
    say(false);
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  };
}
arrange();
listen();
