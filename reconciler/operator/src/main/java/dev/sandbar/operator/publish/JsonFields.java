package dev.sandbar.operator.publish;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** The fields of a JSON object, one after the other. */
final class JsonFields {
  private JsonFields() {}

  /** Takes a field. */
  interface Taker {
    /**
     * Reads the value to its end.
     *
     * @param value its first token, where the parser stands
     */
    void take(String name, JsonToken value) throws IOException;
  }

  /** Reads the object that the parser has begun, to its end. */
  static void each(JsonParser in, Taker taker) throws IOException {
    // Whoever asks for the kind of an object first has read the brace and the first name.
    String name = in.currentToken() == JsonToken.FIELD_NAME ? in.currentName() : in.nextFieldName();
    for (; name != null; name = in.nextFieldName()) {
      taker.take(name, in.nextToken());
    }
  }
}
