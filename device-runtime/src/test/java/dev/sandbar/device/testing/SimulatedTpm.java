package dev.sandbar.device.testing;

import dev.sandbar.device.store.TpmKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** A TPM2 that can be busy, cleared and missing. */
public final class SimulatedTpm implements TpmKeys {
  private final Map<String, byte[]> keys = new HashMap<>();
  private boolean missing;
  private boolean failing;
  private int questions;

  @Override
  public boolean present() {
    return !missing;
  }

  @Override
  public byte[] make() throws IOException {
    questions++;
    if (missing || failing) {
      throw new IOException("it is busy");
    }
    String name = "key " + UUID.randomUUID();
    keys.put(name, UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII));
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public byte[] open(byte[] encrypted) throws IOException {
    questions++;
    byte[] key = keys.get(new String(encrypted, StandardCharsets.US_ASCII));
    if (missing || failing || key == null) {
      throw new IOException(failing ? "it is busy" : "it knows no such key");
    }
    return key.clone();
  }

  /** Whether it answers no question. */
  public void failing(boolean now) {
    failing = now;
  }

  /** Whether the device has none. */
  public void missing(boolean now) {
    missing = now;
  }

  /** Takes away what it keeps, as another one in its place does. */
  public void clear() {
    keys.clear();
  }

  /** How often it was asked for something. */
  public int questions() {
    return questions;
  }
}
