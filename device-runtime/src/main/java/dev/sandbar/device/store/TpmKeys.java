package dev.sandbar.device.store;

import java.io.IOException;

/** Random keys that the TPM2 of this device alone gives back. */
public interface TpmKeys {

  /** Of a device without a TPM2. */
  TpmKeys NONE =
      new TpmKeys() {
        @Override
        public boolean present() {
          return false;
        }

        @Override
        public byte[] make() throws IOException {
          throw new IOException("there is no TPM2");
        }

        @Override
        public byte[] open(byte[] encrypted) throws IOException {
          throw new IOException("there is no TPM2");
        }
      };

  /** Whether the device has a TPM2. */
  boolean present();

  /**
   * Makes a key.
   *
   * @return the key, encrypted, as {@link #open} takes it
   * @throws IOException if none can be made, with what is missing
   */
  byte[] make() throws IOException;

  /**
   * Decrypts a key.
   *
   * @param encrypted what {@link #make} returned, also before the device was started again
   * @return the key, to be cleared; never empty
   * @throws IOException if the TPM2 is another one, was cleared, or does not answer
   */
  byte[] open(byte[] encrypted) throws IOException;
}
