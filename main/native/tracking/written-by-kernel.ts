/** Names of kernel memory, by the name in maps. */
const OWNERS: readonly (readonly [name: RegExp, owner: string])[] = [
  [/^anon_inode:\[io_uring\]/, 'the rings of an io_uring'],
  [/^anon_inode:\[perf_event\]/, 'the ring of a perf event'],
  [/^anon_inode:\[?kvm/, 'memory of KVM'],
  [/^anon_inode:/, 'memory of the kernel'],
  [/^\/\[aio\]/, 'the ring of an AIO context'],
  [/^socket:\[/, 'the ring of a packet socket'],
  [/^\/dmabuf:/, 'a buffer that devices share'],
];
/** Memory of files and of userspace behind an anonymous inode, written with ordinary faults. */
const ORDINARY = /^anon_inode:\[?(secretmem|guest_memfd|kvm-gmem)/;

/**
 * Why not all writes to a mapping are seen although it may be tracked: the kernel or a device writes to
 * its pages without a fault. Null for others. `name` is that of maps.
 */
export function writtenByKernel(name: string): string | null {
  if (ORDINARY.test(name)) return null;
  const found = OWNERS.find(([pattern]) => pattern.test(name));
  return found === undefined
    ? null
    : `This is ${found[1]}: the kernel or a device writes to it without a page fault.`;
}
