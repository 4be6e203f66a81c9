package io.midplane.tracer;

/**
 * Finds {@code $.a.b[0].c} in a JSON text without a library and without building a tree.
 *
 * <p>Only names and indexes; anything else of JSONPath, and a text that is not JSON, finds nothing.
 */
final class JsonPath {
    private final String text;
    private int at;

    private JsonPath(String text) {
        this.text = text;
    }

    /** @return the text of a string, number or boolean, or null */
    static String find(String text, String path) {
        if (!path.startsWith("$")) {
            return null;
        }
        try {
            JsonPath json = new JsonPath(text);
            int from = 1;
            while (from < path.length()) {
                char c = path.charAt(from);
                int end = from + 1;
                if (c == '.') {
                    while (end < path.length() && path.charAt(end) != '.' && path.charAt(end) != '[') {
                        end++;
                    }
                    if (!json.enter(path.substring(from + 1, end))) {
                        return null;
                    }
                } else if (c == '[') {
                    end = path.indexOf(']', from) + 1;
                    if (end == 0 || !json.enter(Integer.parseInt(path.substring(from + 1, end - 1)))) {
                        return null;
                    }
                } else {
                    return null;
                }
                from = end;
            }
            return json.value();
        } catch (IndexOutOfBoundsException | NumberFormatException err) {
            return null; // it ends in the middle (it was cut), or it is not JSON
        }
    }

    private char peek() {
        while (Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return text.charAt(at);
    }

    private boolean enter(String name) {
        if (peek() != '{') {
            return false;
        }
        at++;
        while (peek() != '}') {
            String key = string();
            if (peek() != ':') {
                return false;
            }
            at++;
            if (key.equals(name)) {
                return true;
            }
            skip();
            if (peek() == ',') {
                at++;
            }
        }
        return false;
    }

    private boolean enter(int index) {
        if (peek() != '[') {
            return false;
        }
        at++;
        for (int i = 0; peek() != ']'; i++) {
            if (i == index) {
                return true;
            }
            skip();
            if (peek() == ',') {
                at++;
            }
        }
        return false;
    }

    private void skip() {
        int depth = 0;
        do {
            char c = peek();
            if (c == '"') {
                string();
            } else if (c == '{' || c == '[') {
                depth++;
                at++;
            } else if (c == '}' || c == ']') {
                depth--;
                at++;
            } else if (c == ',' || c == ':') {
                at++;
            } else {
                word();
            }
        } while (depth > 0);
    }

    private String word() {
        int from = at;
        while (at < text.length() && ",}] \n\r\t".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        if (at == from) {
            throw new IndexOutOfBoundsException();
        }
        return text.substring(from, at);
    }

    private String string() {
        if (peek() != '"') {
            throw new IndexOutOfBoundsException();
        }
        StringBuilder out = new StringBuilder();
        for (at++; text.charAt(at) != '"'; at++) {
            char c = text.charAt(at);
            if (c == '\\') {
                c = text.charAt(++at);
                if (c == 'u') {
                    c = (char) Integer.parseInt(text.substring(at + 1, at + 5), 16);
                    at += 4;
                } else {
                    int known = "nrtbf".indexOf(c);
                    c = known < 0 ? c : "\n\r\t\b\f".charAt(known);
                }
            }
            out.append(c);
        }
        at++;
        return out.toString();
    }

    private String value() {
        char c = peek();
        if (c == '"') {
            return string();
        }
        if (c == '{' || c == '[') {
            return null;
        }
        String word = word();
        return word.equals("null") ? null : word;
    }
}
