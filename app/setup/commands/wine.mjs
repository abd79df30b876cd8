import { testUnderWine } from '../../../e2e/tools/wine/suite.mjs';

/**
 * `npm run test:wine`: write watches under Debian's Wine; `-- bench` measures GetWriteWatch there and here.
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export const main = (args) => testUnderWine(args);
