/** Serves the window's files under `app://inspector/`, an origin of its own, instead of file: addresses. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { protocol, type Session } from 'electron';
import { SECURITY_HEADERS } from './content-security-policy.ts';
import { resolveAddress, SCHEME } from './protocol-path.ts';

/** Must be called before the application is ready. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: SECURITY_HEADERS });
}

/** Answers GET requests with files below `folder`, and with nothing else. */
export function serveRenderer(session: Session, folder: string): void {
  session.protocol.handle(SCHEME, async (request) => {
    if (request.method !== 'GET') return refuse(405);
    const resolved = resolveAddress(request.url);
    if (resolved === null) return refuse(404);
    try {
      const body = await readFile(join(folder, resolved.path));
      return new Response(new Uint8Array(body), {
        headers: { ...SECURITY_HEADERS, 'Content-Type': resolved.contentType },
      });
    } catch {
      return refuse(404);
    }
  });
}
