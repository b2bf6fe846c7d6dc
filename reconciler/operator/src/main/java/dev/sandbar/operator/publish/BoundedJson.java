package dev.sandbar.operator.publish;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.IOContext;
import java.io.DataInput;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that the client reads of an API server, whatever the kind, by a list, a watch or a
 * get: no deeper and no more of one object than {@link BoundedParser} hands on. What stands in an
 * object is up to whoever may write it, and of one that cannot be read nobody could read a list.
 */
public final class BoundedJson extends JsonFactory {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(BoundedJson.class);

  /**
   * What an API server stores can be parsed: of one object that is deeper, or has a longer key,
   * than the parser would have, a whole list could not be.
   */
  private static final StreamReadConstraints AS_STORED =
      StreamReadConstraints.builder()
          .maxNestingDepth(20_000)
          .maxNameLength(4 * 1024 * 1024)
          .build();

  private static final int MOST_NAMED = 1_000;

  /** Objects that have been named. */
  private final transient Set<String> named = new HashSet<>();

  /** Reads what any API server sends. */
  public BoundedJson() {
    super((JsonFactoryBuilder) JsonFactory.builder().streamReadConstraints(AS_STORED));
  }

  @Override
  public JsonFactory copy() {
    return new BoundedJson();
  }

  private JsonParser bounded(JsonParser parser) {
    return new BoundedParser(parser, this::name);
  }

  /** In a line of the log, each object once. */
  private void name(String object, String why) {
    synchronized (named) {
      if (named.size() >= MOST_NAMED) {
        named.clear();
      }
      if (!named.add(object)) {
        return;
      }
    }
    LOG.warn("object={} action=cut reason={}", object, why);
  }

  @Override
  protected JsonParser _createParser(InputStream in, IOContext context) throws IOException {
    return bounded(super._createParser(in, context));
  }

  @Override
  protected JsonParser _createParser(Reader in, IOContext context) throws IOException {
    return bounded(super._createParser(in, context));
  }

  @Override
  protected JsonParser _createParser(
      char[] data, int offset, int length, IOContext context, boolean recyclable)
      throws IOException {
    return bounded(super._createParser(data, offset, length, context, recyclable));
  }

  @Override
  protected JsonParser _createParser(byte[] data, int offset, int length, IOContext context)
      throws IOException {
    return bounded(super._createParser(data, offset, length, context));
  }

  @Override
  protected JsonParser _createParser(DataInput in, IOContext context) throws IOException {
    return bounded(super._createParser(in, context));
  }
}
