/** Write watches over soft-dirty, which needs a kernel that has it. */
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { nativeProgram } from '../../write-watch/testing/watched-program.ts';
import { writeWatchCases } from '../../write-watch/testing/write-watch-cases.ts';
import { NativeSource } from '../native-source.ts';
import { Target } from '../testing/target.ts';

let target: Target | undefined;
let source: NativeSource | undefined;
afterAll(async () => {
  await source?.close();
  await target?.kill();
});

// One program for all cases: starting one takes seconds here. Each case has its own allocations.
writeWatchCases('a real program, by soft-dirty while it is stopped', async () => {
  target ??= await Target.start(join(import.meta.dirname, 'test-target.js'));
  source ??= await NativeSource.attach(target.pid, { backend: 'soft-dirty', freeze: true });
  return nativeProgram(target, source);
});
