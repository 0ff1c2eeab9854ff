package io.sparkinversion.gallery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sparkinversion.report.Browser;
import java.util.ArrayList;
import java.util.List;

/**
 * What a user of the gallery sees and does, in a browser that has it open.
 *
 * @param browser stays open
 */
record EditGalleryView(Browser browser) {
    /** A picture that turns out to have a fourth panel brings another one. */
    void awaitPictures() {
        browser.evaluate("(async () => { const all = () => [...document.querySelectorAll('.row img')];"
                + " await Promise.all(all().map(image => image.decode()));"
                + " await Promise.all(all().map(image => image.decode())); })()");
    }

    /** A dialog tells of its closing, upon which the page moves the focus, when it is closed already. */
    void awaitFocus(String selector) {
        browser.evaluate("(async () => { while (!document.activeElement.matches('" + selector + "'))"
                + " await new Promise(requestAnimationFrame); })()");
    }

    /** The heading of each row: id, method, control and, where it is shown, edit, without anything between them. */
    List<String> shown() {
        return strings("[...document.querySelectorAll('.row h3')].map(one => one.textContent)");
    }

    List<String> options(String select) {
        return strings("[...document.getElementById('" + select + "').options].map(one => one.textContent)");
    }

    String viewer() {
        return one("document.getElementById('viewer-title').textContent + ', '"
                + " + document.querySelector('#viewer-panels [aria-pressed=true]').textContent");
    }

    String hash() {
        return one("location.hash");
    }

    String text(String id) {
        return one("document.getElementById('" + id + "').textContent");
    }

    void words(String words) {
        browser.evaluate("(() => { const input = document.getElementById('words'); input.value = '" + words + "';"
                + " input.dispatchEvent(new Event('input')); })()");
    }

    /** The option whose text is this, or this and a count. */
    void choose(String select, String text) {
        String wanted = TextNode.valueOf(text).toString();
        browser.evaluate("(() => { const select = document.getElementById('" + select + "'); const wanted = " + wanted
                + "; select.value = [...select.options].find(one => one.textContent === wanted"
                + " || one.textContent.startsWith(wanted + ' (')).value;"
                + " select.dispatchEvent(new Event('change')); })()");
    }

    void afterHashChange(String action) {
        browser.evaluate("new Promise(done => { addEventListener('hashchange', () => done(0), { once: true }); "
                + action + "; })");
    }

    String one(String expression) {
        return browser.evaluate(expression).asText();
    }

    int number(String expression) {
        return browser.evaluate(expression).asInt();
    }

    List<String> strings(String expression) {
        List<String> strings = new ArrayList<>();
        for (JsonNode node : browser.evaluate(expression)) {
            strings.add(node.asText());
        }
        return strings;
    }
}
