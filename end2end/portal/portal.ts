import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate for this machine and its key, as files and as text. */
export interface Tls {
  folder: string;
  certificate: string;
  key: string;
  /** What OpenCMP is told, to serve TLS with it. */
  env: Record<string, string>;
}

export async function certify(): Promise<Tls> {
  const folder = await mkdtemp(join(tmpdir(), 'opencmp-tls-'));
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
  execFileSync('openssl', [...args, '-subj', '/CN=localhost', '-addext', names, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  // Whoever asks from here believes certificates that nobody signed: the test's own.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  return {
    folder,
    certificate: await readFile(certificate, 'utf8'),
    key: await readFile(key, 'utf8'),
    env: { OPENCMP_HTTP__TLS_CERTIFICATE: certificate, OPENCMP_HTTP__TLS_KEY: key },
  };
}

export function forget(tls: Tls): Promise<void> {
  return rm(tls.folder, { recursive: true, force: true });
}

/** A device as the portal keeps it. */
export interface Device {
  number: string;
  name: string;
  about: string;
  kind: string;
  /** Its SIM's number in OpenCMP. */
  sim: number;
}

/**
 * A portal of somebody else's: the page of devices that a festival's tracking service gives its customers, which shows
 * OpenCMP's list, a SIM, or usage in a frame. It is at localhost, where OpenCMP is at 127.0.0.1: two sites.
 *
 * Its backend has a key; its page never sees it.
 */
export class SamplePortal {
  /** What the backend asks tokens with; tests change it. */
  ask: Record<string, unknown> = {};
  /** The project's devices, in the order of their SIMs in OpenCMP, which the portal knows by number. */
  devices: Device[] = [];

  private constructor(
    private readonly server: Server,
    readonly origin: string,
    private readonly opencmp: string,
    public key: string,
  ) {}

  static async start(tls: Tls, opencmp: string): Promise<SamplePortal> {
    const server = createServer({ cert: tls.certificate, key: tls.key }, (request, response) => {
      portal.answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
    server.listen(0, 'localhost');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const portal: SamplePortal = new SamplePortal(server, `https://localhost:${port}`, opencmp, '');
    return portal;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** Asks OpenCMP for a token; where to frame it. */
  async token(page: string): Promise<{ url: string; action: string; token: string }> {
    const answer = await fetch(`${this.opencmp}/embed/token`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ page, origin: this.origin, ...this.ask }),
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { url: string; action: string; token: string };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.origin);
    const wanted = searchParams.get('page') ?? '/sims';
    if (pathname === '/') {
      const granted = searchParams.has('src') ? { url: searchParams.get('src')!, action: '', token: '' } : await this.token(wanted);
      const html = page(granted, new URL(this.opencmp).origin, searchParams.has('form'), this.devices);
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(html);
    } else {
      response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end();
    }
  }
}

const attribute = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

const PROJECT = '大甲媽祖遶境活動';

/** A device's line: its own page in the portal, and its SIM's in OpenCMP. */
function line({ number, name, about, kind, sim }: Device): string {
  const cells = [PROJECT, number, name, about, kind].map((text) => `<td>${attribute(text)}</td>`).join('');
  return `<tr>${cells}<td><a href="/?page=/sims/${sim}" aria-label="CMP管理網頁 ${attribute(name)}">CMP管理網頁</a></td></tr>`;
}

/** The portal's page. `form`: the token goes by a form post instead of the address. */
function page(
  { url, action, token }: { url: string; action: string; token: string },
  opencmp: string,
  form: boolean,
  devices: Device[],
): string {
  const heads = ['專案名稱', '裝置編號', '裝置名稱', '裝置描述', '裝置類型', '功能'].map((head) => `<th scope="col">${head}</th>`).join('');
  const frame = form ? '<iframe id="cmp" name="cmp" title="連線管理"></iframe>' : `<iframe id="cmp" title="連線管理" src="${attribute(url)}"></iframe>`;
  const post = form
    ? `<form id="enter" method="post" target="cmp" action="${attribute(action)}">
         <input type="hidden" name="token" value="${attribute(token)}">
       </form><script>document.getElementById('enter').submit();</script>`
    : '';
  return `<!doctype html>
<html lang="zh-Hant-TW">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${PROJECT} 設備管理</title>
<style>
  body { margin: 0; font: 15px/1.5 sans-serif; color: #222; background: #fff8ef; }
  header { padding: 12px 20px; color: #fff; background: #9c2a1b; }
  header h1 { margin: 0; font-size: 20px; }
  nav { display: flex; flex-wrap: wrap; gap: 4px 18px; padding: 8px 20px; background: #f3dfc4; }
  nav a { color: #7a1f12; }
  main { padding: 16px 20px; }
  .scroll { overflow-x: auto; }
  table { width: 100%; border-collapse: collapse; white-space: nowrap; background: #fff; }
  th, td { padding: 6px 10px; border-bottom: 1px solid #e7d3b5; text-align: start; }
  iframe { width: 100%; height: 480px; border: 1px solid #d9bd96; border-radius: 6px; }
</style>
<header><h1>${PROJECT}</h1></header>
<nav aria-label="設備">
  <a href="/?page=/sims">設備列表</a>
  <a href="/?page=/usage">用量</a>
  <a href="/?page=/alerts">告警</a>
</nav>
<main>
  <h2>裝置清單</h2>
  <div class="scroll" tabindex="0" role="region" aria-label="裝置清單">
    <table>
      <thead><tr>${heads}</tr></thead>
      <tbody>${devices.map(line).join('')}</tbody>
    </table>
  </div>
  <p>顯示第 1 至 ${devices.length} 項結果，共 ${devices.length} 項</p>
  <h2>設備連線</h2>
  ${frame}
  ${post}
</main>
<script>
  const opencmp = ${JSON.stringify(opencmp)};
  const frame = document.getElementById('cmp');
  window.heard = [];
  addEventListener('message', async ({ source, origin, data }) => {
    if (source !== frame.contentWindow || origin !== opencmp || data?.source !== 'opencmp') return;
    window.heard.push(data);
    if (data.type === 'height') frame.style.height = data.height + 'px';
  });
</script>
</html>`;
}
