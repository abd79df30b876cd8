/**
 * Attaches to the process given as argument, or to a child of its own (`child`), and says how it went, as one JSON line.
 * With a backend as second argument, or `best`, the whole source is opened, not only its descriptor taken.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { InspectorError } from '#shared/contract/errors.ts';
import { backendNameSchema } from '#shared/source/backend.ts';
import { takeDescriptor } from '../attach/take-descriptor.ts';
import { NativeSource } from '../native-source.ts';

const child =
  process.argv[2] === 'child' ? spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']) : null;
if (child) await once(child, 'spawn');
const backend = process.argv[3];
try {
  const pid = child?.pid ?? Number(process.argv[2]);
  if (backend === undefined) takeDescriptor(pid);
  else {
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
