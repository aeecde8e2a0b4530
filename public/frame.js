// Beside the app in a portal's frame: brings the frame in with its token, says on each request that it is a frame's, and
// speaks with the page around it. It runs before the app does, so that the app itself knows nothing of all this.
(() => {
  const root = document.documentElement;
  /** The origin of the page around us, once we know whose word it is. */
  let parent = root.dataset.frame || null;
  /** What proves this frame where its cookie is refused. It is nowhere but here. */
  let bearer = null;

  const say = (message) => {
    if (parent && window.parent !== window) window.parent.postMessage({ source: 'opencmp', v: 1, ...message }, parent);
  };

  let over = false;
  const ended = () => {
    if (over) return;
    over = true;
    root.dataset.ended = '';
    say({ type: 'ended' });
  };

  // Requests: what only a frame says, and only to ourselves.
  const plainFetch = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const { origin, pathname } = new URL(input instanceof Request ? input.url : input, location.href);
    if (origin !== location.origin || !(pathname.startsWith('/fn/') || pathname === '/live')) return plainFetch(input, init);
    const request = new Request(input, init);
    request.headers.set('X-OpenCMP-Frame', '1');
    if (bearer) request.headers.set('Authorization', `Bearer ${bearer}`);
    const answer = await plainFetch(request);
    if (answer.status === 401) ended();
    return answer;
  };

  // The live stream: an EventSource sends no headers, so its place is taken by what reads the same from a fetch.
  window.EventSource = class {
    onmessage = null;
    onerror = null;
    #left = new AbortController();

    constructor(address) {
      this.#read(address);
    }

    close() {
      this.#left.abort();
    }

    async #read(address) {
      const { signal } = this.#left;
      try {
        const answer = await window.fetch(address, { headers: { Accept: 'text/event-stream' }, cache: 'no-store', signal });
        if (!answer.ok) throw new Error(`the stream is refused: ${answer.status}`);
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let text = '';
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          const events = (text + value).split('\n\n');
          text = events.pop();
          for (const event of events) {
            const data = event.split('\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trimStart());
            if (data.length > 0 && !signal.aborted) this.onmessage?.(new MessageEvent('message', { data: data.join('\n') }));
          }
        }
      } catch {
        // Told below, as an EventSource does: whoever opened it opens it again.
      }
      if (!signal.aborted && !over) this.onerror?.(new Event('error'));
    }
  };

  // Where we are, told at every step.
  let told = null;
  const navigated = () => {
    const path = location.pathname.replace(/^\/embed/, '') + location.search;
    if (path === told || /^\/embed\/\d+$/.test(location.pathname)) return;
    told = path;
    say({ type: 'navigate', path });
  };
  for (const name of ['pushState', 'replaceState']) {
    const plain = history[name].bind(history);
    history[name] = (...args) => {
      plain(...args);
      navigated();
    };
  }
  addEventListener('popstate', navigated);

  // How tall we are.
  let height = 0;
  const measured = () => {
    const now = Math.ceil(root.getBoundingClientRect().height);
    if (now === height || !parent) return;
    height = now;
    say({ type: 'height', height });
  };
  new ResizeObserver(measured).observe(root);

  addEventListener('message', ({ source, origin, data }) => {
    if (source !== window.parent || !parent || origin !== parent) return;
    if (data?.type === 'theme' && ['auto', 'light', 'dark'].includes(data.theme)) root.dataset.theme = data.theme;
  });

  const begin = () => {
    say({ type: 'ready' });
    navigated();
    measured();
  };

  /** What becomes of the token: `{ page }`, or `{ refused }`, which says why. */
  const enter = async (portal, token) => {
    try {
      const answer = await window.fetch('/fn/embed_exchange', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
        body: JSON.stringify({ portal, token }),
      });
      if (!answer.ok) return { refused: 'unavailable' };
      const told = await answer.json();
      parent = told.parent_origin ?? null;
      if (told.answer !== 'in') {
        // The page says why; whoever is around it may try with another token.
        over = true;
        say({ type: 'ended' });
        return { refused: told.why };
      }
      bearer = told.bearer;
      root.dataset.frame = parent;
      begin();
      return { page: told.page };
    } catch {
      return { refused: 'unavailable' };
    }
  };

  const portal = /^\/embed\/(\d+)$/.exec(location.pathname)?.[1];
  if (portal) {
    const token = root.dataset.token || location.hash.slice(1);
    delete root.dataset.token;
    // Nobody who looks at the address, or goes back to it, finds the token.
    history.replaceState(history.state, '', location.pathname + location.search);
    window.opencmpFrame = { entered: enter(Number(portal), token) };
  } else if (parent) {
    addEventListener('DOMContentLoaded', begin);
  }
})();
