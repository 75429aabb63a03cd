/**
 * File systems that may not keep what the store promises, recognised by the number that Linux gives their kind. Pure;
 * asking the kernel is `disk-node.ts`, telling people is `store.ts`.
 */

/** Over a network, of another system, or served by a program: locks and syncs are only as good as the other side. */
const DOUBTFUL: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB 2"],
  [0x65735546, "FUSE"],
  [0x01021997, "9P (a folder of the host system)"],
  [0x786f4256, "a shared folder of VirtualBox"],
  [0x00c36400, "Ceph"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x73757245, "Coda"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
]);

/** The name of a doubtful file system, by the `type` that `statfs` gives, of either sign; undefined for all others. */
export function doubtfulFileSystem(type: number): string | undefined {
  return DOUBTFUL.get(type >>> 0);
}
