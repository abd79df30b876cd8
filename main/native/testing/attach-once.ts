/**
 * Attaches to the process given as argument, or to a child of its own (`child`), and prints the result as one JSON line.
 * With a backend as second argument, or `best`, the whole source is opened, not only its descriptor taken. With `serve`
 * instead it does so for each line that it reads, so that a slow machine starts it once for many attempts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { InspectorError } from '#shared/contract/errors.ts';
import { backendNameSchema } from '#shared/source/backend.ts';
import { takeDescriptor } from '../attach/take-descriptor.ts';
import { NativeSource } from '../native-source.ts';

async function attach(whom: string, backend?: string): Promise<void> {
  const child = whom === 'child' ? spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']) : null;
  if (child) await once(child, 'spawn');
  try {
    const pid = child?.pid ?? Number(whom);
    if (backend === undefined) {
      const { uffd, pidfd } = takeDescriptor(pid);
      for (const fd of [uffd, pidfd]) closeSync(fd);
    } else {
      const how = backend === 'best' ? {} : { backend: backendNameSchema.parse(backend) };
      await (await NativeSource.attach(pid, how)).close();
    }
    console.log(JSON.stringify({ kind: 'attached', message: '' }));
  } catch (cause) {
    const { kind, message } = InspectorError.from(cause);
    console.log(JSON.stringify({ kind, message }));
  } finally {
    child?.kill('SIGKILL');
  }
}

const [, , whom = '', backend] = process.argv;
if (whom !== 'serve') await attach(whom, backend);
else for await (const line of createInterface(process.stdin)) await attach(line);
