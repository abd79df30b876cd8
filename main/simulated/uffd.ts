import { EINVAL } from './errno.ts';
import type { SimulatedProcess } from './process.ts';

export function registerUffd(process: SimulatedProcess, page: number, pages: number): number {
  void [process, page, pages];
  return EINVAL;
}
export function unregisterUffd(process: SimulatedProcess, page: number, pages: number): number {
  void [process, page, pages];
  return EINVAL;
}
export function protectWithUffd(process: SimulatedProcess, page: number, pages: number, on: boolean): number {
  void [process, page, pages, on];
  return EINVAL;
}
