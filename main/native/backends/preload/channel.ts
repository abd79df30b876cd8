import { closeSync } from 'node:fs';
import { call, tryCall } from '../../syscalls/call.ts';
import { ERRNO } from '../../syscalls/constants.ts';
import { SyscallError } from '../../syscalls/errno.ts';
import { NativeBuffer } from '../../syscalls/native-buffer.ts';

/** asm/unistd_64.h, bits/socket.h, used by this file only. */
const SYS = { sendto: 44, recvmsg: 47, socketpair: 53 } as const;
const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;

/** struct msghdr in 64-bit words: name, namelen, iov, iovlen, control, controllen, flags. */
const MSGHDR_BYTES = 56;
/** CMSG_SPACE(sizeof(int)): struct cmsghdr {len, level, type}, then the descriptor. */
const CONTROL_BYTES = 24;

/** What the library sent: a descriptor, an errno, nothing yet, or the end of the connection. */
export type Received =
  | { readonly kind: 'descriptor'; readonly fd: number }
  | { readonly kind: 'failed'; readonly errno: number }
  | { readonly kind: 'nothing' | 'closed' };

/** A pair of connected Unix sockets: one end for us, one for a program that we start. */
export class DescriptorChannel {
  private readonly ours: number;
  /** The program's end; closed here with `handedOver`. */
  readonly theirs: number;
  private open = true;
  private handed = false;

  constructor() {
    const pair = new NativeBuffer(8);
    call('socketpair', SYS.socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.address);
    this.ours = pair.i32[0];
    this.theirs = pair.i32[1];
  }

  /** The program has its end now: closing it becomes visible. */
  handedOver(): void {
    if (this.handed) return;
    this.handed = true;
    closeSync(this.theirs);
  }

  /** Reads the library's message without waiting. */
  receive(): Received {
    const data = new NativeBuffer(8);
    const vector = new NativeBuffer(16);
    vector.u64.set([data.address, 4n]);
    const control = new NativeBuffer(CONTROL_BYTES);
    const message = new NativeBuffer(MSGHDR_BYTES);
    message.u64.set([0n, 0n, vector.address, 1n, control.address, BigInt(CONTROL_BYTES), 0n]);
    const count = tryCall(SYS.recvmsg, this.ours, message.address, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count === -ERRNO.EAGAIN) return { kind: 'nothing' };
    if (count < 0) throw new SyscallError('recvmsg', -count);
    if (count === 0) return { kind: 'closed' };
    const hasDescriptor =
      message.u64[5] >= 20n && control.i32[2] === SOL_SOCKET && control.i32[3] === SCM_RIGHTS;
    return hasDescriptor
      ? { kind: 'descriptor', fd: control.i32[4] }
      : { kind: 'failed', errno: data.i32[0] };
  }

  /** Resumes a waiting program. */
  answer(): void {
    const data = new NativeBuffer(8);
    // It may not be waiting.
    tryCall(SYS.sendto, this.ours, data.address, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  close(): void {
    this.handedOver();
    if (!this.open) return;
    this.open = false;
    closeSync(this.ours);
  }
}
