import { EINVAL } from './errno.ts';
import { ioctlFailure, type IoctlArguments, type IoctlResult } from './ioctl.ts';
import type { SimulatedProcess } from './process.ts';

export function postedIoctl(process: SimulatedProcess, args: IoctlArguments): IoctlResult {
  void process;
  void args;
  return ioctlFailure(EINVAL);
}
