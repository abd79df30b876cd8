/** What the window may not do, checked from the window itself and from the processes' own facts. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '../fixtures/test.ts';

test('the window has nothing of Node or Electron', async ({ launch }) => {
  const { page, app } = await launch();
  const globals = await page.evaluate(() => ({
    node: ['require', 'process', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer'].filter(
      (name) => name in window,
    ),
    shell: Object.keys(Reflect.get(window, 'shell') ?? {}).sort(),
    isolated: window.crossOriginIsolated,
  }));
  // Every function of the bridge: one more is one more thing that a page under an attacker's control could do.
  expect(globals).toEqual({
    node: [],
    shell: [
      'debugHandle',
      'forgetRecordings',
      'info',
      'listenForPhases',
      'namedRanges',
      'onHostStatus',
      'onMenuAction',
      'onOpen',
      'openSourceLine',
      'pathOfFile',
      'permit',
      'recentRecordings',
      'rememberRecording',
      'restartEngine',
      'save',
      'saveNamedRanges',
      'selectLesson',
      'selectProgram',
      'selectRecording',
      'selectRecordingTarget',
      'showInFolder',
      'showMenu',
      'useEngine',
    ],
    isolated: true,
  });

  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents;
    return contents === undefined
      ? null
      : Reflect.apply(Reflect.get(contents, 'getLastWebPreferences'), contents, []);
  });
  expect(preferences).toMatchObject({
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
  });
  expect(await app.evaluate(({ session }) => session.defaultSession.isSpellCheckerEnabled())).toBe(false);
});

test('every answer has the strict content security policy, and files outside the page do not exist', async ({
  launch,
}) => {
  const { page, problems } = await launch();
  problems.expect(/404 \(Not Found\)/, /405/);
  const answers = await page.evaluate(async () => {
    const get = async (path: string, method = 'GET'): Promise<unknown> => {
      const response = await fetch(path, { method });
      return [response.status, response.headers.get('content-security-policy')?.split(';')[0]];
    };
    return {
      page: await get('/index.html'),
      above: await get('/..%2fhost.js'),
      engine: await get('/host.js'),
      passwd: await get('/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd'),
      post: await get('/index.html', 'POST'),
    };
  });
  const policy = "default-src 'none'";
  expect(answers).toEqual({
    page: [200, policy],
    above: [404, policy],
    engine: [404, policy],
    passwd: [404, policy],
    post: [405, policy],
  });
});

test('no code from strings, no network, no frames', async ({ launch }) => {
  const { page, problems } = await launch();
  problems.expect(/Content Security Policy|requires .Trusted|ERR_BLOCKED_BY|Failed to load resource/);
  const tried = await page.evaluate(async () => {
    const attempt = async (what: () => unknown): Promise<string> => {
      try {
        return `succeeded: ${String(await what())}`;
      } catch (cause) {
        return cause instanceof Error ? cause.name : String(cause);
      }
    };
    // In a separate task: what the debugger evaluates is exempt from the policy while it runs.
    const later = <T>(what: () => T): Promise<T> =>
      new Promise((resolve, reject) => {
        setTimeout(() => {
          try {
            resolve(what());
          } catch (cause) {
            reject(cause);
          }
        });
      });
    const image = (address: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const element = new Image();
        element.onload = () => resolve('loaded');
        element.onerror = () => reject(new Error('not loaded'));
        element.src = address;
      });
    const socket = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const connection = new WebSocket('ws://127.0.0.1:9');
        connection.onopen = () => resolve('open');
        connection.onerror = () => reject(new Error('not open'));
      });
    return {
      eval: await attempt(() => later(() => (0, eval)('1'))),
      function: await attempt(() => later(() => new Function('return 1')())),
      markup: await attempt(() => later(() => (document.createElement('p').innerHTML = '<b>bold</b>'))),
      fetch: await attempt(() => fetch('https://example.org/')),
      loopback: await attempt(() => fetch('http://127.0.0.1:9/')),
      file: await attempt(() => fetch('file:///etc/passwd')),
      image: await attempt(() => image('https://example.org/a.png')),
      socket: await attempt(socket),
    };
  });
  expect(tried).toEqual({
    eval: 'EvalError',
    function: 'EvalError',
    markup: 'TypeError',
    fetch: 'TypeError',
    loopback: 'TypeError',
    file: 'TypeError',
    image: 'Error',
    socket: 'Error',
  });
});

test('the session blocks the network even if the page would not', async ({ launch }) => {
  const { app } = await launch();
  const outcomes = await app.evaluate(async ({ session, net }) => {
    const outcome = async (address: string): Promise<string> => {
      try {
        return `answered ${(await session.defaultSession.fetch(address)).status}`;
      } catch (cause) {
        return cause instanceof Error ? cause.message : String(cause);
      }
    };
    const resolved = await net.resolveHost('example.org').then(
      () => 'resolved',
      () => 'no address',
    );
    return [await outcome('https://example.org/'), await outcome('http://127.0.0.1:9/'), resolved];
  });
  expect(outcomes).toEqual(['net::ERR_BLOCKED_BY_CLIENT', 'net::ERR_BLOCKED_BY_CLIENT', 'no address']);
});

test('navigation, new windows and frames are refused', async ({ launch }) => {
  const { page, app, problems } = await launch();
  problems.expect(/Content Security Policy|ERR_BLOCKED_BY|ERR_ABORTED|Not allowed to load local resource/);
  const opened = await page.evaluate(() => {
    const link = document.createElement('a');
    link.href = 'https://example.org/';
    link.target = '_blank';
    document.body.append(link);
    link.click();
    link.remove();
    return [window.open('https://example.org/'), window.open('about:blank'), window.open('/index.html')];
  });
  expect(opened).toEqual([null, null, null]);

  // The shell is asked before the page is left, and refuses; a local file is refused by the view itself. An empty page
  // asks for no permission: from there the window returns to its own.
  await app.evaluate(({ BrowserWindow }) => {
    const asked: [address: string, refused: boolean][] = [];
    const reached: string[] = [];
    Object.assign(globalThis, { asked, reached });
    BrowserWindow.getAllWindows()[0]?.webContents.on('did-navigate', (_event, url) => reached.push(url));
    BrowserWindow.getAllWindows()[0]?.webContents.on('will-frame-navigate', (event) =>
      asked.push([event.url, event.defaultPrevented]),
    );
  });
  const leaveFor = (target: string) =>
    page.evaluate((address) => {
      window.location.href = address;
    }, target);
  const asked = () => app.evaluate(() => Reflect.get(globalThis, 'asked') as [string, boolean][]);
  for (const elsewhere of ['https://example.org/', 'app://inspector/other.html']) {
    await leaveFor(elsewhere);
    await expect.poll(asked).toContainEqual([elsewhere, true]);
  }
  const refusal = page.waitForEvent('console', (message) => message.text().includes('local resource'));
  await leaveFor('file:///etc/passwd');
  await refusal;
  const reached = () => app.evaluate(() => Reflect.get(globalThis, 'reached') as string[]);
  expect(await reached()).toEqual([]);
  await page.evaluate(() => document.documentElement.classList.add('left'));
  await leaveFor('about:blank');
  await expect.poll(reached).toEqual(['about:blank', 'app://inspector/index.html']);
  // The shell reports a navigation before the page can be asked: only the new document has the view without the class.
  await expect(page.locator('html:not(.left)').getByRole('heading').first()).toBeVisible();

  const frames = await page.evaluate(async () => {
    const refused: string[] = [];
    for (const source of ['https://example.org/', '/index.html', 'data:text/html,hello']) {
      const frame = document.createElement('iframe');
      frame.src = source;
      const viewRefusal = new Promise<string>((resolve) =>
        document.addEventListener(
          'securitypolicyviolation',
          ({ effectiveDirective }) => resolve(effectiveDirective),
          { once: true },
        ),
      );
      document.body.append(frame);
      refused.push(await viewRefusal);
      frame.remove();
    }
    return { refused, left: window.frames.length };
  });
  expect(frames).toEqual({ refused: ['frame-src', 'frame-src', 'frame-src'], left: 0 });
  expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});

test('permissions and devices are denied', async ({ launch }) => {
  const { page, problems } = await launch();
  problems.expect(/permission|Permission/);
  const answers = await page.evaluate(async () => {
    const name = async (what: () => Promise<unknown>): Promise<string> => {
      try {
        return String(await what());
      } catch (cause) {
        return cause instanceof Error || cause instanceof DOMException ? cause.name : String(cause);
      }
    };
    const state = async (permission: string): Promise<string> =>
      (await navigator.permissions.query({ name: permission as PermissionName })).state;
    return {
      notification: await Notification.requestPermission(),
      geolocation: await new Promise<number>((resolve) =>
        navigator.geolocation.getCurrentPosition(
          () => resolve(0),
          (error) => resolve(error.code),
        ),
      ),
      camera: await state('camera'),
      microphone: await state('microphone'),
      midi: await state('midi'),
      screen: await name(() => navigator.mediaDevices.getDisplayMedia()),
      clipboard: await name(() => navigator.clipboard.readText()),
    };
  });
  expect(answers).toEqual({
    notification: 'denied',
    geolocation: 1,
    camera: 'denied',
    microphone: 'denied',
    midi: 'denied',
    screen: 'NotAllowedError',
    clipboard: 'NotAllowedError',
  });
});

test('messages from anywhere but the window are refused', async ({ launch }) => {
  const { app, problems } = await launch();
  problems.expect(/A message on shell:\S+ was refused: it is not from the inspector window/);
  // Electron's own account of a handler that refused.
  problems.expect(/^stderr: +at /);
  const answer = await app.evaluate(
    async ({ BrowserWindow }, preload) => {
      const intruder = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
      await intruder.loadURL('app://inspector/index.html');
      const intruderAnswer = await intruder.webContents.executeJavaScript(
        "window.shell.info().then(() => 'answered', (error) => error.message)",
      );
      intruder.destroy();
      return String(intruderAnswer);
    },
    new URL('../../app/dist/preload.cjs', import.meta.url).pathname,
  );
  expect(answer).toContain('was refused');
});

test('the built page loads nothing from elsewhere', async () => {
  const page = readFileSync(new URL('../../app/dist/renderer/index.html', import.meta.url), 'utf8');
  expect(page).not.toMatch(/(src|href)="(https?:)?\/\//);
  expect(page).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
});

test('the schema library is there once for all that Node runs, and once for the page', async () => {
  const dist = new URL('../../app/dist/', import.meta.url);
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.c?js$/.test(file),
  );
  // The name of a class of zod, which stays when names are shortened.
  const holders = files.filter((file) =>
    /["'`]\$ZodDiscriminatedUnion["'`]/.test(readFileSync(new URL(file, dist), 'utf8')),
  );
  expect(holders.filter((file) => !file.startsWith('renderer/'))).toEqual(['zod.js']);
  expect(holders).toHaveLength(2);
});
