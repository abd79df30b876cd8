/** Every live source there is, opened the same way in the window's engine and on the command line. */
import { join } from 'node:path';
import { InspectorError } from '#shared/contract/errors.ts';
import { prepareLaunch } from './native/launch.ts';
import { NativeSource } from './native/native-source.ts';
import { launchOwnScript, sourceOpener } from './session/launch/source-opener.ts';
import { openSimulated } from './simulated/source/open.ts';
import { openScenario, openSteppedWorkload } from './simulated/stepping/open.ts';

function requireLinux(): void {
  if (process.platform !== 'linux') {
    throw new InspectorError(
      'unsupported',
      'Real processes can be watched on Linux only.',
      'Simulated programs run here too.',
    );
  }
}

export const openAnySource = sourceOpener({
  simulated: (request) => (request.stepped === true ? openSteppedWorkload(request) : openSimulated(request)),
  scenario: openScenario,
  requireNative: requireLinux,
  native: (pid, how) => NativeSource.attach(pid, how),
  launch: prepareLaunch,
  demo: () => ({
    ...launchOwnScript(join(import.meta.dirname, 'demo-program.js')),
    printsWhenReady: true,
    owned: true,
  }),
});
