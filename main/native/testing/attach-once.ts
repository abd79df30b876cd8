/** Attaches to the process given as argument, or to a child of its own (`child`), and says how it went, as one JSON line. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { InspectorError } from '#shared/contract/errors.ts';
import { takeDescriptor } from '../attach/take-descriptor.ts';

const child =
  process.argv[2] === 'child' ? spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']) : null;
if (child) await once(child, 'spawn');
try {
  takeDescriptor(child?.pid ?? Number(process.argv[2]));
  console.log(JSON.stringify({ kind: 'attached', message: '' }));
} catch (cause) {
  const { kind, message } = InspectorError.from(cause);
  console.log(JSON.stringify({ kind, message }));
} finally {
  child?.kill('SIGKILL');
}
