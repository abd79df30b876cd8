/** The lab of tracking methods on kernels that have soft-dirty bits. */
import { labCases } from '../../methods/testing/lab-cases.ts';

labCases();
