package io.sparkinversion;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;

/** The class path of the tests, for processes of their own. */
public final class TestClassPath {
    private TestClassPath() {}

    /** Test runners either put everything on the JVM's class path or load it by a class loader of their own. */
    public static String text() {
        List<String> entries = new ArrayList<>(List.of(System.getProperty("java.class.path")));
        if (TestClassPath.class.getClassLoader() instanceof URLClassLoader loader) {
            for (URL url : loader.getURLs()) {
                entries.add(url.getPath());
            }
        }
        return String.join(File.pathSeparator, entries);
    }
}
