import { testOnKernels } from '../../../e2e/tools/guests/suite.mjs';

/**
 * `npm run test:vm`: the native engine's tests on real kernels in QEMU.
 * @param {string[]} kernels series such as `6.12`; all without any
 * @returns {Promise<number>} the exit code
 */
export const main = (kernels) => testOnKernels(kernels);
