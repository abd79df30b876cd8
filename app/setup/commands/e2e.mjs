import { prepareTestTools } from '../libraries.mjs';
import { prepareProgram, prepareWindow } from '../prepare.mjs';
import { E2E_PROJECTS, E2E_WORKERS, playwright } from '../tools.mjs';

/** `npm run e2e`: the journeys on the real Electron. @param {string[]} args for Playwright */
export async function main(args) {
  await prepareTestTools();
  // The engine elsewhere is one of the command line.
  await prepareProgram(['cli.js']);
  return playwright(await prepareWindow({ ownDisplay: true }), [...E2E_PROJECTS, ...args], E2E_WORKERS);
}
