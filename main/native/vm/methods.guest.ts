/** The lab of tracking methods on kernels that have soft-dirty bits. */
import { labCases } from '../../methods/testing/lab-cases.ts';

// One huge page and as many small ones: two methods take a fault a page, and each takes milliseconds under emulation.
labCases(2 ** 21);
