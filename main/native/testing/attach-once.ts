/** Attaches to the process given as argument and says how it went, as one JSON line. */
import { InspectorError } from '#shared/contract/errors.ts';
import { takeDescriptor } from '../attach/take-descriptor.ts';

try {
  takeDescriptor(Number(process.argv[2]));
  console.log(JSON.stringify({ kind: 'attached', message: '' }));
} catch (cause) {
  const { kind, message } = InspectorError.from(cause);
  console.log(JSON.stringify({ kind, message }));
}
