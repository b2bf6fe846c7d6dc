package dev.sandbar.core.attest;

/**
 * What the kernel knows a device by (inode(7)).
 *
 * @param block whether it is a block device, and not a character device
 * @param major -1 for any
 * @param minor -1 for any
 */
public record DeviceNumber(boolean block, int major, int minor) {

  int type() {
    return block ? ProgramAnswers.BLOCK : ProgramAnswers.CHARACTER;
  }
}
