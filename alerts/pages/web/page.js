// What a page does better with a script: it renews itself in place, answers
// without leaving, says that it was seen, and shares a position after consent.
// It holds no words, writes no markup, and breaks nothing when it does not run.
(() => {
  'use strict';
  const path = location.pathname, $ = id => document.getElementById(id);
  let fresh = Date.now(), skew = 0, busy = false, watch = null, place = null, sent = 0, seen = false, timer = 0;

  // The whole page is asked for, parsed by the browser as a document, and its
  // pieces moved in: nothing is ever put into the page as text of markup.
  function ask(method, url, body, type, done) {
    const x = new XMLHttpRequest();
    x.open(method, url);
    x.responseType = type;
    x.timeout = 20000;
    if (body !== null) x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
    x.onloadend = () => {
      const date = Date.parse(x.getResponseHeader('Date') || '');
      if (date) skew = date - Date.now();
      if (x.status) fresh = Date.now();
      done(x);
    };
    x.send(body);
  }

  function swap(page) {
    if (!page || !page.body.dataset.v) return;
    const open = $('done') && $('done').open, focus = document.activeElement, had = focus && focus.value;
    for (const part of ['header', 'main', 'footer']) document.querySelector(part).replaceWith(document.adoptNode(page.querySelector(part)));
    document.title = page.title;
    document.body.dataset.v = page.body.dataset.v;
    document.body.dataset.poll = page.body.dataset.poll;
    if (open && $('done')) $('done').open = true;
    if (had) for (const b of document.querySelectorAll('button[name=do]')) if (b.value === had) b.focus();
    sharing();
    tick();
  }

  // The mark of an opened page stays in the address, a notice does not.
  function here(more) {
    const o = new URLSearchParams(location.search).get('o'), q = new URLSearchParams(more);
    if (o) q.set('o', o);
    const s = q.toString();
    return path + (s ? '?' + s : '');
  }

  function poll() {
    clearTimeout(timer);
    if (document.hidden) return;
    timer = setTimeout(poll, Number(document.body.dataset.poll) || 60000);
    if (busy) return;
    ask('GET', here({ v: document.body.dataset.v }), null, 'document', x => {
      if (busy) return;
      if (x.status === 200) swap(x.response);
      if (x.status === 404) location.replace(path);
      if (x.status && !seen) { seen = true; ask('POST', path + '/seen', '', '', y => { seen = y.status === 204; }); }
      tick();
    });
  }

  document.addEventListener('click', e => { const b = e.target.closest('button[name=do]'); if (b) b.form.last = b; });
  document.addEventListener('submit', e => {
    const b = e.submitter || e.target.last;
    if (!b || !b.value) return;
    e.preventDefault();
    if (busy) return;
    busy = true;
    const body = new URLSearchParams({ do: b.value });
    for (const f of e.target.querySelectorAll('input[type=hidden]')) body.set(f.name, f.value);
    const buttons = document.querySelectorAll('button');
    buttons.forEach(x => { x.disabled = true; });
    say('sending');
    ask('POST', here({}), body.toString(), 'document', x => {
      busy = false;
      buttons.forEach(x => { x.disabled = false; });
      const page = x.response;
      if (page && page.body && page.body.dataset.v) {
        if (x.responseURL) history.replaceState(null, '', x.responseURL);
        say('');
        swap(page);
        scrollTo(0, 0);
      } else {
        say('lost');
      }
    });
  });

  // sending and lost stay until the next word; stale comes and goes by itself.
  let said = '';
  function say(what, s) {
    const net = $('net');
    said = what;
    net.hidden = !what;
    if (what) { const text = net.dataset[what].replace('{s}', s); if (net.textContent !== text) net.textContent = text; }
  }

  function tick() {
    const age = Math.max(0, Math.round((Date.now() - fresh) / 1000)), f = $('fresh');
    if (f) { f.textContent = f.dataset.words.replace('{s}', age); f.classList.toggle('old', age > 20); }
    if (age > 20 && (said === '' || said === 'stale')) say('stale', age - age % 5);
    else if (said === 'stale' && age <= 20) say('');
    const t = document.querySelector('[data-since]');
    if (t && document.body.dataset.poll === '5000') {
      const n = Math.max(0, Math.floor((Date.now() + skew - Number(t.dataset.since)) / 1000)), two = x => String(x).padStart(2, '0');
      t.textContent = (n >= 3600 ? Math.floor(n / 3600) + ':' : '') + two(Math.floor(n / 60) % 60) + ':' + two(n % 60);
      t.classList.add('run');
    }
    if (place && $('sharing')) $('sharing').textContent = $('share').dataset.live.replace('{s}', Math.round((Date.now() - place.timestamp) / 1000)).replace('{m}', Math.round(place.coords.accuracy));
  }

  // Nothing is asked of the telephone before the button. What was agreed to holds
  // for this call in this tab.
  function sharing() {
    const box = $('share');
    if (!box || !navigator.geolocation || !window.isSecureContext) { stop(); return; }
    box.hidden = false;
    $('shareon').onclick = start;
    $('shareoff').onclick = () => { remember(''); stop(); poll(); };
    $('shareon').hidden = watch !== null;
    $('shareoff').hidden = watch === null;
    if (watch !== null) $('sharing').textContent = box.dataset.wait;
    else if (remember() === path) start();
  }

  function remember(x) {
    try { if (x === undefined) return sessionStorage.getItem('share'); sessionStorage.setItem('share', x); } catch (e) { /* storage is off: asked again next time */ }
    return '';
  }

  function start() {
    if (watch !== null) return;
    remember(path);
    watch = navigator.geolocation.watchPosition(p => { place = p; send(); tick(); }, e => {
      if (e.code !== 1) return; // no fix yet: it goes on trying
      remember('');
      stop();
      if ($('share')) $('sharing').textContent = $('share').dataset.denied;
    }, { enableHighAccuracy: true, maximumAge: 5000 });
    sharing();
  }

  function stop() {
    if (watch !== null) navigator.geolocation.clearWatch(watch);
    watch = place = null;
    if ($('shareon')) { $('shareon').hidden = false; $('shareoff').hidden = true; }
  }

  function send() {
    if (!place || Date.now() - sent < 5000) return;
    sent = Date.now();
    const c = place.coords, age = Math.max(0, Date.now() - place.timestamp);
    ask('POST', path + '/at', 'lat=' + c.latitude + '&lon=' + c.longitude + '&acc=' + c.accuracy + '&age=' + age, '', x => { if (x.status === 410) { remember(''); stop(); } });
  }

  document.addEventListener('visibilitychange', poll);
  addEventListener('online', poll);
  addEventListener('pageshow', e => { if (e.persisted) poll(); });
  setInterval(() => { send(); tick(); }, 1000);
  sharing();
  poll();
})();
