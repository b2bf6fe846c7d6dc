package dev.sandbar.operator.publish;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import java.io.IOException;
import java.util.function.BiConsumer;

/**
 * Hands on what an API server sends, but of each object
 *
 * <ol>
 *   <li>nothing below {@link #DEEPEST} levels: a value there is empty;
 *   <li>no more than takes about {@link #MOST} bytes of memory, of one field of its spec or status
 *       no more than {@link #MOST_OF_A_FIELD}, of the spec of a GitSource no more than {@link
 *       #MOST_OF_A_SOURCE}: what follows is left out;
 *   <li>no field that a field manager lists but, where the object is got by its name, that it has
 *       some of the spec;
 *   <li>in a list or a watch no copy that kubectl keeps, and no more annotations than {@link
 *       #MOST_ANNOTATIONS} characters.
 * </ol>
 *
 * <p>Only values are left out, so that what is handed on is always well formed.
 */
final class BoundedParser extends JsonParserDelegate {
  /** Deeper than anything that is used; each level takes a piece of the stack. */
  static final int DEEPEST = 64;

  /** A bundle of the largest size takes less. */
  static final long MOST = 16 << 20;

  static final long MOST_OF_A_FIELD = 12 << 20;

  /** Of a field of a GitSource, which its schema bounds but for two without a type. */
  static final long MOST_OF_A_SOURCE = 64 << 10;

  static final int MOST_ANNOTATIONS = 32 << 10;

  /** What a token takes in memory beside its text. */
  private static final int TOKEN = 48;

  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

  /** Depth of the fields of an object that is got; of one of a watch, and of a list. */
  private static final int ALONE = 1;

  private static final int WATCHED = 2;
  private static final int LISTED = 3;

  private final BiConsumer<String, String> cut;

  /** Containers that have been begun and not ended. */
  private int depth;

  /** Whether the value of a name comes next. */
  private boolean named;

  /** Whether what has just been begun is to be empty. */
  private boolean emptied;

  /** Depth of the fields of the object that is read. */
  private int base = ALONE;

  private String rootField = "";
  private String field = "";
  private String part = "";
  private long left = MOST;
  private long leftOfField = MOST_OF_A_FIELD;
  private int annotations;

  /** What was left out and is not told yet, and why. */
  private String toldField = "";

  private String told = "";
  private String kind = "";
  private String namespace = "";
  private String name = "";

  /**
   * A parser.
   *
   * @param cut is told of which object something was left out, and why
   */
  BoundedParser(JsonParser parser, BiConsumer<String, String> cut) {
    super(parser);
    this.cut = cut;
  }

  @Override
  public JsonToken nextToken() throws IOException {
    if (emptied) {
      emptied = false;
      delegate.skipChildren();
      return ended();
    }
    while (true) {
      JsonToken token = delegate.nextToken();
      if (token == null) {
        return token;
      }
      switch (token) {
        case FIELD_NAME -> {
          if (isWanted(delegate.currentName())) {
            named = true;
            return token;
          }
          JsonToken _ = delegate.nextToken();
          delegate.skipChildren();
        }
        case START_OBJECT, START_ARRAY -> {
          begins(token);
          if (named || !isFull()) {
            return begun();
          }
          delegate.skipChildren();
        }
        case END_OBJECT, END_ARRAY -> {
          return ended();
        }
        default -> {
          boolean isElement = !named && depth > 0;
          if (!isElement || !isFull()) {
            return scalar(token);
          }
        }
      }
    }
  }

  /** An object of a list or of a watch begins here, or nothing in particular. */
  private void begins(JsonToken token) {
    if (token == JsonToken.START_OBJECT
        && (depth == WATCHED - 1 && rootField.equals("object")
            || depth == LISTED - 1 && rootField.equals("items"))) {
      base = depth + 1;
      left = MOST;
      leftOfField = MOST_OF_A_FIELD;
      annotations = 0;
      field = "";
      part = "";
      namespace = "";
      name = "";
    }
  }

  private JsonToken begun() {
    named = false;
    depth++;
    take(0);
    if (depth > DEEPEST) {
      emptied = true;
      cut("deeper than " + DEEPEST + " levels");
    }
    return delegate.currentToken();
  }

  private JsonToken ended() {
    depth--;
    if (depth < base) {
      tell();
      base = ALONE;
    }
    return delegate.currentToken();
  }

  private JsonToken scalar(JsonToken token) throws IOException {
    named = false;
    take(token == JsonToken.VALUE_STRING ? delegate.getTextLength() : 0);
    if (token == JsonToken.VALUE_STRING && depth == base && field.equals("kind")) {
      kind = delegate.getText();
    } else if (token == JsonToken.VALUE_STRING && isMetadata(1)) {
      switch (part) {
        case "name" -> name = delegate.getText();
        case "namespace" -> namespace = delegate.getText();
        default -> {}
      }
    } else if (token == JsonToken.VALUE_STRING && isMetadata(2) && part.equals("annotations")) {
      annotations += delegate.getTextLength();
    }
    return token;
  }

  /** Whether a field is handed on; it is the one that is read from here on. */
  private boolean isWanted(String fieldName) throws IOException {
    if (depth == ALONE) {
      rootField = fieldName;
    }
    if (depth == base) {
      tell();
      field = fieldName;
      part = "";
      leftOfField = mostOfAField();
    } else if (depth == base + 1) {
      part = fieldName;
      leftOfField = mostOfAField();
    }
    if (isMetadata(2) && part.equals("annotations") && base != ALONE) {
      annotations += fieldName.length();
      if (fieldName.equals(LAST_APPLIED)) {
        return false;
      }
      if (annotations > MOST_ANNOTATIONS) {
        cut("more than " + MOST_ANNOTATIONS + " characters of annotations");
        return false;
      }
    }
    if (depth > base + 1
        && field.equals("metadata")
        && part.equals("managedFields")
        && !isWantedOfManagers(fieldName)) {
      return false;
    }
    if (isFull()) {
      return false;
    }
    take(fieldName.length());
    return true;
  }

  /** Of what is got by its name: whether a manager has fields of the spec, and not which. */
  private boolean isWantedOfManagers(String fieldName) {
    return isMetadata(3) && (base == ALONE || !fieldName.equals("fieldsV1"))
        || isMetadata(4) && fieldName.equals("f:spec");
  }

  /** Whether this is in the metadata, so many levels below the fields of the object. */
  private boolean isMetadata(int below) {
    return depth == base + below && field.equals("metadata");
  }

  private void take(int characters) {
    left -= TOKEN + characters;
    leftOfField -= TOKEN + characters;
    if (isFull()) {
      cut("it takes more than " + (left < 0 ? MOST : mostOfAField()) + " bytes of memory");
    }
  }

  private long mostOfAField() {
    boolean source = kind.equals("GitSource") && field.equals("spec");
    return source ? MOST_OF_A_SOURCE : MOST_OF_A_FIELD;
  }

  /** The frame of a list, and the names of an object, are always handed on. */
  private boolean isFull() {
    return depth > base && !field.equals("metadata") && (left < 0 || leftOfField < 0);
  }

  private void cut(String why) {
    if (toldField.isEmpty()) {
      toldField = field + "." + part;
      told = why;
    }
    if (!name.isEmpty() && !field.equals("metadata")) {
      tell();
    }
  }

  /** Annotations come before the name of what they are of. */
  private void tell() {
    if (!toldField.isEmpty()) {
      cut.accept(kind + "/" + namespace + "/" + name + " field=" + toldField, told);
      toldField = "";
    }
  }

  @Override
  public JsonToken nextValue() throws IOException {
    JsonToken token = nextToken();
    return token == JsonToken.FIELD_NAME ? nextToken() : token;
  }

  @Override
  public JsonParser skipChildren() throws IOException {
    JsonToken token = delegate.currentToken();
    if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
      emptied = false;
      delegate.skipChildren();
      JsonToken _ = ended();
    }
    return this;
  }
}
