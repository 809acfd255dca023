<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en_US">
<context>
    <name>AboutDialog</name>
    <message>
        <source>About PixelSmile Desktop</source>
        <translation>Über PixelSmile Desktop</translation>
    </message>
    <message>
        <source>About and licences</source>
        <translation>Über und Lizenzen</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programm</translation>
    </message>
    <message>
        <source>Models and samples</source>
        <translation>Modelle und Beispiele</translation>
    </message>
    <message>
        <source>Packages</source>
        <translation>Pakete</translation>
    </message>
    <message>
        <source>Package</source>
        <translation>Paket</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Details kopieren</translation>
    </message>
    <message>
        <source>About the program</source>
        <translation>Über das Programm</translation>
    </message>
    <message>
        <source>Edits facial expressions in portraits. Originals are never written.</source>
        <translation>Bearbeitet Gesichtsausdrücke in Porträts. Originale werden nie verändert.</translation>
    </message>
    <message>
        <source>Copyright 2026 the PixelSmile Desktop maintainers. Apache License 2.0.</source>
        <translation>Copyright 2026 the PixelSmile Desktop maintainers. Apache-Lizenz 2.0.</translation>
    </message>
    <message>
        <source>The window is made with Qt and PySide6, which are used under the GNU Lesser General Public License version 3: they lie beside this program as libraries of their own, and you may replace them with other builds.</source>
        <translation>Die Oberfläche ist mit Qt und PySide6 gebaut, die unter der GNU Lesser General Public License Version 3 stehen: Sie liegen als eigene Bibliotheken neben dem Programm und dürfen durch andere Fassungen ersetzt werden.</translation>
    </message>
    <message>
        <source>ffmpeg, exiftool and heif-enc are called where they are installed.</source>
        <translation>ffmpeg, exiftool und heif-enc werden verwendet, wo sie installiert sind.</translation>
    </message>
    <message>
        <source>not named; see its files</source>
        <translation>nicht genannt; siehe Dateien des Pakets</translation>
    </message>
</context>
<context>
    <name>Application</name>
    <message>
        <source>PixelSmile was not closed properly; here is what was open.</source>
        <translation>PixelSmile wurde nicht richtig beendet; die letzte Sitzung ist wieder geöffnet.</translation>
    </message>
    <message>
        <source>The preview was restarted: {reason}.</source>
        <translation>Die Vorschau wurde neu gestartet: {reason}.</translation>
    </message>
    <message>
        <source>The queue was restarted: {reason}.</source>
        <translation>Die Warteschlange wurde neu gestartet: {reason}.</translation>
    </message>
    <message>
        <source>{photo}: {reason}; it is done again.</source>
        <translation>{photo}: {reason}; ein neuer Versuch läuft.</translation>
    </message>
    <message>
        <source>The queue stopped: {reason}. Resume tries again.</source>
        <translation>Die Warteschlange wurde angehalten: {reason}. „Fortsetzen“ versucht es erneut.</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Before and after split</source>
        <translation>Teilung vorher/nachher</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
</context>
<context>
    <name>ConsentPage</name>
    <message>
        <source>A model learns from faces, and what it has learnt cannot be taken back. Train only with pictures that you may use so, of people who have agreed to exactly that. What you say here is written into the run and into the finished look.</source>
        <translation>Ein Modell lernt aus Gesichtern, und Gelerntes lässt sich nicht zurücknehmen. Nur mit Bildern trainieren, die dafür verwendet werden dürfen, von Menschen, die genau dem zugestimmt haben. Die Angaben hier stehen im Lauf und im fertigen Look.</translation>
    </message>
    <message>
        <source>Rights in the pictures</source>
        <translation>Rechte an den Bildern</translation>
    </message>
    <message>
        <source>Held by</source>
        <translation>Inhaber</translation>
    </message>
    <message>
        <source>you, your studio, or who gave you a licence</source>
        <translation>die eigene Person, das Studio oder wer die Lizenz erteilt hat</translation>
    </message>
    <message>
        <source>Everybody who is shown</source>
        <translation>Alle Abgebildeten</translation>
    </message>
    <message>
        <source>Add a person</source>
        <translation>Person hinzufügen</translation>
    </message>
</context>
<context>
    <name>ContactSheet</name>
    <message>
        <source>the photo as it is</source>
        <translation>das unveränderte Foto</translation>
    </message>
    <message>
        <source>Frame {frame}: {what}</source>
        <translation>Bild {frame}: {what}</translation>
    </message>
</context>
<context>
    <name>DataPage</name>
    <message>
        <source>A folder with a folder for each person: one neutral picture (neutral.jpg) and pictures of two or more expressions with their strength in the name (happy_0.3.jpg, happy_1.jpg, sad_0.5.jpg) or in a table scores.csv. Or a published .jsonl file.</source>
        <translation>Ein Ordner mit je einem Ordner pro Person: ein neutrales Bild (neutral.jpg) und Bilder von zwei oder mehr Ausdrücken mit ihrer Stärke im Namen (happy_0.3.jpg, happy_1.jpg, sad_0.5.jpg) oder in einer Tabelle scores.csv. Oder eine veröffentlichte .jsonl-Datei.</translation>
    </message>
    <message>
        <source>Result of the check</source>
        <translation>Ergebnis der Prüfung</translation>
    </message>
    <message>
        <source>Data set</source>
        <translation>Datensatz</translation>
    </message>
    <message>
        <source>a folder, or a .jsonl file</source>
        <translation>ein Ordner oder eine .jsonl-Datei</translation>
    </message>
    <message>
        <source>Choose a .jsonl file…</source>
        <translation>.jsonl-Datei wählen…</translation>
    </message>
    <message>
        <source>people</source>
        <translation>Menschen</translation>
    </message>
    <message>
        <source>drawn characters</source>
        <translation>gezeichnete Figuren</translation>
    </message>
    <message>
        <source>They show</source>
        <translation>Sie zeigen</translation>
    </message>
    <message>
        <source>Check the data set</source>
        <translation>Datensatz prüfen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>The data set is being checked</source>
        <translation>Der Datensatz wird geprüft</translation>
    </message>
    <message>
        <source>Own expressions</source>
        <translation>Eigene Ausdrücke</translation>
    </message>
    <message>
        <source>Nothing graded yet? Try a run with synthetic pairs</source>
        <translation>Noch nichts abgestuft? Ein Probelauf mit synthetischen Paaren</translation>
    </message>
    <message>
        <source>The instant editor makes graded expressions of your own portraits. They are synthetic: good for trying a run from end to end, not for teaching how people look. The pictures, the report and the finished look say so.</source>
        <translation>Der Sofort-Editor erstellt abgestufte Ausdrücke aus eigenen Porträts. Sie sind synthetisch: gut für einen Probelauf von Anfang bis Ende, nicht um zu lehren, wie Menschen aussehen. Bilder, Bericht und fertiger Look sagen das.</translation>
    </message>
    <message>
        <source>Portraits, one face each</source>
        <translation>Porträts, je ein Gesicht</translation>
    </message>
    <message>
        <source>Folder for the pairs</source>
        <translation>Ordner für die Paare</translation>
    </message>
    <message>
        <source>Make graded pairs from my portraits</source>
        <translation>Abgestufte Paare aus eigenen Porträts</translation>
    </message>
    <message>
        <source>Weight</source>
        <translation>Gewicht</translation>
    </message>
    <message>
        <source>What was noticed, and what to do</source>
        <translation>Auffälliges und was zu tun ist</translation>
    </message>
    <message>
        <source>Findings</source>
        <translation>Befunde</translation>
    </message>
    <message>
        <source>Expression</source>
        <translation>Ausdruck</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Balance of the expressions</source>
        <translation>Verteilung der Ausdrücke</translation>
    </message>
    <message>
        <source>Easily confused</source>
        <translation>Leicht verwechselt</translation>
    </message>
    <message>
        <source>Side by side in</source>
        <translation>Nebeneinander in</translation>
    </message>
    <message>
        <source>Easily confused pairs</source>
        <translation>Leicht verwechselte Paare</translation>
    </message>
    <message>
        <source>Open the report with all pictures</source>
        <translation>Bericht mit allen Bildern öffnen</translation>
    </message>
    <message>
        <source>The pairs are being made</source>
        <translation>Die Paare werden erstellt</translation>
    </message>
    <message>
        <source>Ready: {triplets} triplets of {pictures} pictures, {persons} persons.</source>
        <translation>Bereit: {triplets} Tripel aus {pictures} Bildern, {persons} Personen.</translation>
    </message>
    <message>
        <source>Not ready, faults: {errors}. {triplets} triplets of {pictures} pictures, {persons} persons.</source>
        <translation>Nicht bereit, Fehler: {errors}. {triplets} Tripel aus {pictures} Bildern, {persons} Personen.</translation>
    </message>
    <message>
        <source>Warnings to look at: {number}.</source>
        <translation>Warnungen: {number}.</translation>
    </message>
    <message>
        <source>Synthetic triplets: {number}.</source>
        <translation>Synthetische Tripel: {number}.</translation>
    </message>
    <message>
        <source>This is from before your last change.</source>
        <translation>Stand vor der letzten Änderung.</translation>
    </message>
    <message>
        <source>⛔ fault</source>
        <translation>⛔ Fehler</translation>
    </message>
    <message>
        <source>⚠ warning</source>
        <translation>⚠ Warnung</translation>
    </message>
    <message>
        <source>note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Nothing was noticed.</source>
        <translation>Nichts aufgefallen.</translation>
    </message>
    <message>
        <source>{number} triplets</source>
        <translation>{number} Tripel</translation>
    </message>
    <message>
        <source>⚠ no triplet</source>
        <translation>⚠ kein Tripel</translation>
    </message>
    <message>
        <source>none in this data set</source>
        <translation>keine in diesem Datensatz</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Export…</source>
        <translation>Exportieren…</translation>
    </message>
    <message>
        <source>Preferences…</source>
        <translation>Einstellungen…</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastaturbefehle</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>About and licences</source>
        <translation>Über und Lizenzen</translation>
    </message>
</context>
<context>
    <name>DoneNotice</name>
    <message>
        <source>{number} finished</source>
        <translation>{number} fertig</translation>
    </message>
    <message>
        <source>{number} failed</source>
        <translation>{number} fehlgeschlagen</translation>
    </message>
    <message>
        <source>The queue is done</source>
        <translation>Die Warteschlange ist fertig</translation>
    </message>
</context>
<context>
    <name>Durations</name>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} s</translation>
    </message>
    <message>
        <source>{minutes} min</source>
        <translation>{minutes} min</translation>
    </message>
    <message>
        <source>{hours} h {minutes} min</source>
        <translation>{hours} h {minutes} min</translation>
    </message>
    <message>
        <source>{hours} h</source>
        <translation>{hours} h</translation>
    </message>
</context>
<context>
    <name>EditView</name>
    <message>
        <source>Photo</source>
        <translation>Foto</translation>
    </message>
    <message>
        <source>Open a folder of photos to begin.</source>
        <translation>Zum Beginnen einen Ordner mit Fotos öffnen.</translation>
    </message>
    <message>
        <source>Face {number} of {count}</source>
        <translation>Gesicht {number} von {count}</translation>
    </message>
    <message>
        <source>original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>preview {ms} ms</source>
        <translation>Vorschau {ms} ms</translation>
    </message>
    <message>
        <source>looking for faces</source>
        <translation>Gesichter werden gesucht</translation>
    </message>
    <message>
        <source>no face found</source>
        <translation>kein Gesicht gefunden</translation>
    </message>
    <message>
        <source>all faces ({count})</source>
        <translation>alle Gesichter ({count})</translation>
    </message>
    <message>
        <source>face {number} of {count}</source>
        <translation>Gesicht {number} von {count}</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Einpassen</translation>
    </message>
    <message>
        <source>100 %</source>
        <translation>100 %</translation>
    </message>
    <message>
        <source>One pixel of the photo on one of the screen</source>
        <translation>Ein Bildpixel je Bildschirmpixel</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>Einzoomen</translation>
    </message>
    <message>
        <source>Zoom out</source>
        <translation>Auszoomen</translation>
    </message>
    <message>
        <source>Original</source>
        <translation>Original</translation>
    </message>
    <message>
        <source>Show the untouched photo; hold the key for a short look</source>
        <translation>Das unbearbeitete Foto zeigen; Taste halten für einen kurzen Blick</translation>
    </message>
    <message>
        <source>Before and after</source>
        <translation>Vorher/Nachher</translation>
    </message>
    <message>
        <source>The edit alone, split, or beside the original</source>
        <translation>Nur die Bearbeitung, geteilt oder neben dem Original</translation>
    </message>
    <message>
        <source>Face boxes</source>
        <translation>Gesichtsrahmen</translation>
    </message>
    <message>
        <source>After only</source>
        <translation>Nur nachher</translation>
    </message>
    <message>
        <source>Before and after, split</source>
        <translation>Vorher/Nachher geteilt</translation>
    </message>
    <message>
        <source>Before and after, side by side</source>
        <translation>Vorher/Nachher nebeneinander</translation>
    </message>
</context>
<context>
    <name>Editors</name>
    <message>
        <source>automatic</source>
        <translation>automatisch</translation>
    </message>
    <message>
        <source>instant</source>
        <translation>Sofort</translation>
    </message>
    <message>
        <source>PixelSmile</source>
        <translation>PixelSmile</translation>
    </message>
</context>
<context>
    <name>EstimatePage</name>
    <message>
        <source>What it will take</source>
        <translation>Aufwand</translation>
    </message>
    <message>
        <source>Price of an hour</source>
        <translation>Preis je Stunde</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>nichts</translation>
    </message>
    <message>
        <source>Of the whole target, all its GPUs together.</source>
        <translation>Für das ganze Ziel, alle GPUs zusammen.</translation>
    </message>
    <message>
        <source>Currency</source>
        <translation>Währung</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Money</source>
        <translation>Kosten</translation>
    </message>
    <message>
        <source>Disk there</source>
        <translation>Speicherplatz dort</translation>
    </message>
    <message>
        <source>Sent there</source>
        <translation>Dorthin gesendet</translation>
    </message>
    <message>
        <source>Right to a factor of two: steps × triplets a step × 0.44 s on an H200, half as much again for loading and gradients, times the factor of the GPU; then the pictures of each checkpoint. While the run goes on its own pace is shown.</source>
        <translation>Auf den Faktor zwei genau: Schritte × Tripel je Schritt × 0,44 s auf einer H200, die Hälfte mehr für Laden und Gradienten, mal dem Faktor der GPU; dazu die Bilder jedes Checkpoints. Während des Laufs wird sein eigenes Tempo gezeigt.</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>Warnungen</translation>
    </message>
    <message>
        <source>Launch writes the run down first and then hands it over. From then on it goes on by itself: this window may be closed; the run is found again.</source>
        <translation>Beim Start wird der Lauf zuerst festgehalten und dann übergeben. Von da an läuft er von selbst weiter: Dieses Fenster darf geschlossen werden, der Lauf wird wiedergefunden.</translation>
    </message>
    <message>
        <source>{steps} steps of {batch} triplets, {checkpoints} checkpoints</source>
        <translation>{steps} Schritte zu {batch} Tripeln, {checkpoints} Checkpoints</translation>
    </message>
    <message>
        <source>about {time} {where}</source>
        <translation>etwa {time} {where}</translation>
    </message>
    <message>
        <source>nothing, as no price is typed</source>
        <translation>nichts, da kein Preis angegeben ist</translation>
    </message>
    <message>
        <source>about {amount} {currency}</source>
        <translation>etwa {amount} {currency}</translation>
    </message>
    <message>
        <source>up to {size} of {free} free</source>
        <translation>bis zu {size} von {free} frei</translation>
    </message>
    <message>
        <source>nothing, it is this computer</source>
        <translation>nichts, es ist dieser Rechner</translation>
    </message>
    <message>
        <source>(with the base model, which is not there yet)</source>
        <translation>(mit dem Basismodell, das dort noch fehlt)</translation>
    </message>
    <message>
        <source>⚠ The target&apos;s disk may be too small: keep fewer checkpoints.</source>
        <translation>⚠ Der Speicherplatz des Ziels könnte nicht reichen: weniger Checkpoints behalten.</translation>
    </message>
    <message>
        <source>⚠ There is no GPU, so take the time seriously.</source>
        <translation>⚠ Keine GPU vorhanden: die Zeitangabe ernst nehmen.</translation>
    </message>
    <message>
        <source>{number} days</source>
        <translation>{number} Tage</translation>
    </message>
    <message>
        <source>on {cores} cores</source>
        <translation>auf {cores} Kernen</translation>
    </message>
    <message>
        <source>on {number} × {name}</source>
        <translation>auf {number} × {name}</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Export</source>
        <translation>Exportieren</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>Fotos</translation>
    </message>
    <message>
        <source>Selected ({number})</source>
        <translation>Ausgewählte ({number})</translation>
    </message>
    <message>
        <source>All edited ({number})</source>
        <translation>Alle bearbeiteten ({number})</translation>
    </message>
    <message>
        <source>All picked ({number})</source>
        <translation>Alle markierten ({number})</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>Vorgabe</translation>
    </message>
    <message>
        <source>Save as preset…</source>
        <translation>Als Vorgabe speichern…</translation>
    </message>
    <message>
        <source>Delete preset</source>
        <translation>Vorgabe löschen</translation>
    </message>
    <message>
        <source>&amp;Preset</source>
        <translation>&amp;Vorgabe</translation>
    </message>
    <message>
        <source>What will be made</source>
        <translation>Das wird erstellt</translation>
    </message>
    <message>
        <source>Names of the files</source>
        <translation>Dateinamen</translation>
    </message>
    <message>
        <source>Summary</source>
        <translation>Zusammenfassung</translation>
    </message>
    <message>
        <source>As each photo</source>
        <translation>Wie das jeweilige Foto</translation>
    </message>
    <message>
        <source>Web</source>
        <translation>Web</translation>
    </message>
    <message>
        <source>Print</source>
        <translation>Druck</translation>
    </message>
    <message>
        <source>Proof</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>As last time</source>
        <translation>Wie zuletzt</translation>
    </message>
    <message>
        <source>Save as preset</source>
        <translation>Als Vorgabe speichern</translation>
    </message>
    <message>
        <source>Name of the preset</source>
        <translation>Name der Vorgabe</translation>
    </message>
    <message>
        <source>… and {number} more</source>
        <translation>… und {number} weitere</translation>
    </message>
    <message>
        <source>{file} (numbered: the name is taken)</source>
        <translation>{file} (nummeriert: Name vergeben)</translation>
    </message>
    <message>
        <source>{file} is there already and stays; none is made</source>
        <translation>{file} gibt es schon und bleibt; nichts wird erstellt</translation>
    </message>
    <message>
        <source>{file} (replaces the file that is there)</source>
        <translation>{file} (ersetzt die vorhandene Datei)</translation>
    </message>
    <message>
        <source>{fault}.</source>
        <translation>{fault}.</translation>
    </message>
    <message>
        <source>None of these photos is edited: move a slider first.</source>
        <translation>Keines dieser Fotos ist bearbeitet: Zuerst einen Regler bewegen.</translation>
    </message>
    <message>
        <source>You may not write to {folder}; choose another folder, or change its permissions.</source>
        <translation>Kein Schreibzugriff auf {folder}; einen anderen Ordner wählen oder die Rechte ändern.</translation>
    </message>
    <message>
        <source>The pictures need about {needed} and {free} are free; make room, or choose another folder.</source>
        <translation>Die Bilder brauchen etwa {needed}, frei sind {free}; Platz schaffen oder einen anderen Ordner wählen.</translation>
    </message>
    <message>
        <source>1 picture</source>
        <translation>1 Bild</translation>
    </message>
    <message>
        <source>{number} pictures</source>
        <translation>{number} Bilder</translation>
    </message>
    <message>
        <source>Without an edit and left out: {number}</source>
        <translation>Ohne Bearbeitung und ausgelassen: {number}</translation>
    </message>
    <message>
        <source>Folders that will be made: {number}</source>
        <translation>Neue Ordner: {number}</translation>
    </message>
    <message>
        <source>About {needed}; {free} are free</source>
        <translation>Etwa {needed}; {free} sind frei</translation>
    </message>
    <message>
        <source>They may not fit: about {needed}, and {free} are free</source>
        <translation>Der Platz könnte nicht reichen: etwa {needed}, frei sind {free}</translation>
    </message>
</context>
<context>
    <name>Exporter</name>
    <message>
        <source>Nothing was queued: move a slider of the photo first.</source>
        <translation>Nichts eingereiht: Zuerst einen Regler des Fotos bewegen.</translation>
    </message>
    <message>
        <source>Nothing was queued: {reason}.</source>
        <translation>Nichts eingereiht: {reason}.</translation>
    </message>
    <message>
        <source>1 photo is in the queue.</source>
        <translation>1 Foto ist in der Warteschlange.</translation>
    </message>
    <message>
        <source>{number} photos are in the queue.</source>
        <translation>{number} Fotos sind in der Warteschlange.</translation>
    </message>
    <message>
        <source>Without an edit and left out: {number}.</source>
        <translation>Ohne Bearbeitung und ausgelassen: {number}.</translation>
    </message>
</context>
<context>
    <name>Expressions</name>
    <message>
        <source>Angry</source>
        <translation>Wütend</translation>
    </message>
    <message>
        <source>Confused</source>
        <translation>Verwirrt</translation>
    </message>
    <message>
        <source>Contempt</source>
        <translation>Verächtlich</translation>
    </message>
    <message>
        <source>Confident</source>
        <translation>Selbstsicher</translation>
    </message>
    <message>
        <source>Disgust</source>
        <translation>Angewidert</translation>
    </message>
    <message>
        <source>Fear</source>
        <translation>Ängstlich</translation>
    </message>
    <message>
        <source>Happy</source>
        <translation>Glücklich</translation>
    </message>
    <message>
        <source>Sad</source>
        <translation>Traurig</translation>
    </message>
    <message>
        <source>Shy</source>
        <translation>Schüchtern</translation>
    </message>
    <message>
        <source>Sleepy</source>
        <translation>Schläfrig</translation>
    </message>
    <message>
        <source>Surprised</source>
        <translation>Überrascht</translation>
    </message>
    <message>
        <source>Anxious</source>
        <translation>Besorgt</translation>
    </message>
</context>
<context>
    <name>FacePanel</name>
    <message>
        <source>Face panel</source>
        <translation>Gesichtsbedienfeld</translation>
    </message>
    <message>
        <source>Face</source>
        <translation>Gesicht</translation>
    </message>
    <message>
        <source>Whose intensities are shown. F goes to the next face.</source>
        <translation>Wessen Regler gezeigt werden. F springt zum nächsten Gesicht.</translation>
    </message>
    <message>
        <source>Presets</source>
        <translation>Vorgaben</translation>
    </message>
    <message>
        <source>Intensities to start from</source>
        <translation>Ausgangswerte für die Regler</translation>
    </message>
    <message>
        <source>Sync</source>
        <translation>Synchronisieren</translation>
    </message>
    <message>
        <source>Sync settings</source>
        <translation>Synchronisieren der Einstellungen</translation>
    </message>
    <message>
        <source>Reset all</source>
        <translation>Zurücksetzen</translation>
    </message>
    <message>
        <source>Editor</source>
        <translation>Editor</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Instant</source>
        <translation>Sofort</translation>
    </message>
    <message>
        <source>PixelSmile</source>
        <translation>PixelSmile</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>Try another seed</source>
        <translation>Anderer Startwert</translation>
    </message>
    <message>
        <source>Number of variants</source>
        <translation>Anzahl der Varianten</translation>
    </message>
    <message>
        <source>Make variants</source>
        <translation>Varianten erstellen</translation>
    </message>
    <message>
        <source>Virtual copies of this photo that differ in their seed</source>
        <translation>Virtuelle Kopien dieses Fotos mit verschiedenen Startwerten</translation>
    </message>
    <message>
        <source>Variants</source>
        <translation>Varianten</translation>
    </message>
    <message>
        <source>Editor {name}</source>
        <translation>Editor {name}</translation>
    </message>
    <message>
        <source>Seed {number}</source>
        <translation>Startwert {number}</translation>
    </message>
    <message>
        <source>Save as preset…</source>
        <translation>Als Vorgabe speichern…</translation>
    </message>
    <message>
        <source>Delete preset</source>
        <translation>Vorgabe löschen</translation>
    </message>
    <message>
        <source>Preset {name}</source>
        <translation>Vorgabe {name}</translation>
    </message>
    <message>
        <source>There is nothing to save as a preset: every intensity is zero.</source>
        <translation>Nichts als Vorgabe zu speichern: Alle Regler stehen auf null.</translation>
    </message>
    <message>
        <source>Save as preset</source>
        <translation>Als Vorgabe speichern</translation>
    </message>
    <message>
        <source>Name of the preset</source>
        <translation>Name der Vorgabe</translation>
    </message>
    <message>
        <source>All faces</source>
        <translation>Alle Gesichter</translation>
    </message>
    <message>
        <source>Face {number}</source>
        <translation>Gesicht {number}</translation>
    </message>
    <message>
        <source>turned {degrees}° right</source>
        <translation>{degrees}° nach rechts gedreht</translation>
    </message>
    <message>
        <source>turned {degrees}° left</source>
        <translation>{degrees}° nach links gedreht</translation>
    </message>
    <message>
        <source>own settings</source>
        <translation>eigene Einstellungen</translation>
    </message>
    <message>
        <source>Face {number} of {count}</source>
        <translation>Gesicht {number} von {count}</translation>
    </message>
    <message>
        <source>identity {value}</source>
        <translation>Identität {value}</translation>
    </message>
    <message>
        <source>{number} s</source>
        <translation>{number} s</translation>
    </message>
    <message>
        <source>shift {value} px</source>
        <translation>Versatz {value} px</translation>
    </message>
    <message>
        <source>colour cast {value}</source>
        <translation>Farbstich {value}</translation>
    </message>
    <message>
        <source>residual {value}</source>
        <translation>Rest {value}</translation>
    </message>
    <message>
        <source>Last result ({editor})</source>
        <translation>Letztes Ergebnis ({editor})</translation>
    </message>
    <message>
        <source>The instant editor takes a few seconds a photo.</source>
        <translation>Der Sofort-Editor braucht wenige Sekunden je Foto.</translation>
    </message>
    <message>
        <source>The instant editor took {number} s for this photo.</source>
        <translation>Der Sofort-Editor brauchte {number} s für dieses Foto.</translation>
    </message>
    <message>
        <source>Whether PixelSmile can run here is being looked up.</source>
        <translation>Es wird geprüft, ob PixelSmile hier laufen kann.</translation>
    </message>
    <message>
        <source>PixelSmile is not installed yet; the screen Models has it.</source>
        <translation>PixelSmile ist noch nicht installiert; siehe „Modelle“.</translation>
    </message>
    <message>
        <source>PixelSmile cannot run here yet: {reason}.</source>
        <translation>PixelSmile kann hier noch nicht laufen: {reason}.</translation>
    </message>
    <message>
        <source>PixelSmile takes about {time} for this photo on {device}. The preview here is the instant editor&apos;s.</source>
        <translation>PixelSmile braucht etwa {time} für dieses Foto auf {device}. Die Vorschau hier zeigt den Sofort-Editor.</translation>
    </message>
    <message>
        <source>{number} seconds</source>
        <translation>{number} Sekunden</translation>
    </message>
    <message>
        <source>{number} minutes</source>
        <translation>{number} Minuten</translation>
    </message>
    <message>
        <source>{number} hours</source>
        <translation>{number} Stunden</translation>
    </message>
</context>
<context>
    <name>Faults</name>
    <message>
        <source>The program met a fault of its own ({kind}). Your edits are saved and you can go on; if it comes again, send the details to the makers.</source>
        <translation>Ein Fehler im Programm ist aufgetreten ({kind}). Die Bearbeitungen sind gespeichert, es kann weitergehen; tritt er wieder auf, bitte die Details an die Entwickler senden.</translation>
    </message>
</context>
<context>
    <name>FileSection</name>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>As the photo</source>
        <translation>Wie das Foto</translation>
    </message>
    <message>
        <source>8 bits</source>
        <translation>8 Bit</translation>
    </message>
    <message>
        <source>16 bits</source>
        <translation>16 Bit</translation>
    </message>
    <message>
        <source>Only TIFF lets you choose; other formats take what fits.</source>
        <translation>Nur TIFF lässt die Wahl; andere Formate nehmen, was passt.</translation>
    </message>
    <message>
        <source>Full size</source>
        <translation>Volle Größe</translation>
    </message>
    <message>
        <source>A smaller photo is not enlarged.</source>
        <translation>Kleinere Fotos werden nicht vergrößert.</translation>
    </message>
    <message>
        <source>Contact sheet</source>
        <translation>Kontaktabzug</translation>
    </message>
    <message>
        <source>Folder of frames</source>
        <translation>Ordner mit Einzelbildern</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Depth</source>
        <translation>Farbtiefe</translation>
    </message>
    <message>
        <source>Colour profile</source>
        <translation>Farbprofil</translation>
    </message>
    <message>
        <source>Longer side at most</source>
        <translation>Lange Kante höchstens</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Qualität</translation>
    </message>
    <message>
        <source>Strips as</source>
        <translation>Sequenzen als</translation>
    </message>
</context>
<context>
    <name>Filmstrip</name>
    <message>
        <source>Filmstrip</source>
        <translation>Filmstreifen</translation>
    </message>
</context>
<context>
    <name>FolderTree</name>
    <message>
        <source>Folders</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>All photos</source>
        <translation>Alle Fotos</translation>
    </message>
</context>
<context>
    <name>Guide</name>
    <message>
        <source>Welcome</source>
        <translation>Willkommen</translation>
    </message>
    <message>
        <source>Welcome. Your photos stay as they are and stay on this machine.</source>
        <translation>Willkommen. Die Fotos bleiben, wie sie sind, und auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Close the welcome</source>
        <translation>Begrüßung schließen</translation>
    </message>
    <message>
        <source>Close; it can be opened again from the Help menu.</source>
        <translation>Schließen; über das Menü „Hilfe“ wieder zu öffnen.</translation>
    </message>
    <message>
        <source>Edit the sample portrait</source>
        <translation>Beispielporträt bearbeiten</translation>
    </message>
    <message>
        <source>Show the models</source>
        <translation>Modelle zeigen</translation>
    </message>
    <message>
        <source>Editor</source>
        <translation>Editor</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>Download</translation>
    </message>
    <message>
        <source>A picture takes</source>
        <translation>Dauer je Bild</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Here</source>
        <translation>Hier</translation>
    </message>
    <message>
        <source>Instant</source>
        <translation>Sofort</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keiner</translation>
    </message>
    <message>
        <source>a moment</source>
        <translation>einen Augenblick</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>Apache-2.0, commercial use too</source>
        <translation>Apache-2.0, auch gewerblich</translation>
    </message>
    <message>
        <source>This machine is being looked at …</source>
        <translation>Dieser Rechner wird geprüft …</translation>
    </message>
    <message>
        <source>This machine: {device}, {memory} GB of memory.</source>
        <translation>Dieser Rechner: {device}, {memory} GB Speicher.</translation>
    </message>
    <message>
        <source>about {time}</source>
        <translation>etwa {time}</translation>
    </message>
    <message>
        <source>ready, {precision}</source>
        <translation>bereit, {precision}</translation>
    </message>
    <message>
        <source>after the download, {precision}</source>
        <translation>nach dem Download, {precision}</translation>
    </message>
    <message>
        <source>not available</source>
        <translation>nicht verfügbar</translation>
    </message>
    <message>
        <source>Happy</source>
        <translation>Glücklich</translation>
    </message>
</context>
<context>
    <name>IntensityRow</name>
    <message>
        <source>{name} value</source>
        <translation>{name} Wert</translation>
    </message>
</context>
<context>
    <name>Jobs</name>
    <message>
        <source>{title}: none</source>
        <translation>{title}: keine Angabe</translation>
    </message>
    <message>
        <source>Photo</source>
        <translation>Foto</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Time left</source>
        <translation>Restzeit</translation>
    </message>
    <message>
        <source>Result or reason</source>
        <translation>Ergebnis oder Grund</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>needs review</source>
        <translation>zu prüfen</translation>
    </message>
    <message>
        <source>nothing to make: the name is taken</source>
        <translation>nichts zu tun: Name vergeben</translation>
    </message>
    <message>
        <source>{name} and {number} more</source>
        <translation>{name} und {number} weitere</translation>
    </message>
</context>
<context>
    <name>Labels</name>
    <message>
        <source>Expressions</source>
        <translation>Ausdrücke</translation>
    </message>
</context>
<context>
    <name>LibraryPanel</name>
    <message>
        <source>Folders and filters</source>
        <translation>Ordner und Filter</translation>
    </message>
    <message>
        <source>Folders</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>People</source>
        <translation>Personen</translation>
    </message>
    <message>
        <source>Recent folders</source>
        <translation>Zuletzt verwendet</translation>
    </message>
    <message>
        <source>None yet</source>
        <translation>Noch keine</translation>
    </message>
    <message>
        <source>Search names</source>
        <translation>Namen suchen</translation>
    </message>
    <message>
        <source>Edited</source>
        <translation>Bearbeitet</translation>
    </message>
    <message>
        <source>Queued</source>
        <translation>Eingereiht</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Needs review</source>
        <translation>Zu prüfen</translation>
    </message>
    <message>
        <source>Eyes closed</source>
        <translation>Augen zu</translation>
    </message>
    <message>
        <source>Not smiling</source>
        <translation>Lächelt nicht</translation>
    </message>
    <message>
        <source>Picked</source>
        <translation>Markiert</translation>
    </message>
    <message>
        <source>Rejected</source>
        <translation>Abgelehnt</translation>
    </message>
    <message>
        <source>No flag</source>
        <translation>Unmarkiert</translation>
    </message>
    <message>
        <source>Stars</source>
        <translation>Sterne</translation>
    </message>
    <message>
        <source>Any stars</source>
        <translation>Alle Sterne</translation>
    </message>
    <message>
        <source>{number} stars or more</source>
        <translation>Ab {number} Sternen</translation>
    </message>
    <message>
        <source>5 stars</source>
        <translation>5 Sterne</translation>
    </message>
    <message>
        <source>1 star or more</source>
        <translation>Ab 1 Stern</translation>
    </message>
    <message>
        <source>Clear filters</source>
        <translation>Filter löschen</translation>
    </message>
    <message>
        <source>Filters</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Faces looked for in {done} of {total} photos</source>
        <translation>Gesichtssuche: {done} von {total} Fotos</translation>
    </message>
</context>
<context>
    <name>LibraryView</name>
    <message>
        <source>Photos</source>
        <translation>Fotos</translation>
    </message>
    <message>
        <source>Listed photos</source>
        <translation>Gezeigte Fotos</translation>
    </message>
    <message>
        <source>Sort by</source>
        <translation>Sortieren</translation>
    </message>
    <message>
        <source>Reverse</source>
        <translation>Umkehren</translation>
    </message>
    <message>
        <source>Sort backwards</source>
        <translation>Umgekehrt sortieren</translation>
    </message>
    <message>
        <source>Size of the pictures</source>
        <translation>Größe der Miniaturen</translation>
    </message>
    <message>
        <source>Size of the pictures (Ctrl and the wheel)</source>
        <translation>Größe der Miniaturen (Strg und Mausrad)</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>File date</source>
        <translation>Dateidatum</translation>
    </message>
    <message>
        <source>Stars</source>
        <translation>Sterne</translation>
    </message>
    <message>
        <source>Drop a folder or photos here</source>
        <translation>Ordner oder Fotos hierher ziehen</translation>
    </message>
    <message>
        <source>They stay where they are: nothing is copied, and originals are never written.</source>
        <translation>Sie bleiben, wo sie sind: Nichts wird kopiert, Originale werden nie verändert.</translation>
    </message>
    <message>
        <source>No photo passes the filters.</source>
        <translation>Kein Foto passt zu den Filtern.</translation>
    </message>
    <message>
        <source>Clear filters</source>
        <translation>Filter löschen</translation>
    </message>
    <message>
        <source>{number} files or folders could not be read: {first}</source>
        <translation>{number} Dateien oder Ordner sind nicht lesbar: {first}</translation>
    </message>
    <message>
        <source>One file or folder could not be read: {first}</source>
        <translation>Eine Datei oder ein Ordner ist nicht lesbar: {first}</translation>
    </message>
    <message>
        <source>{name} holds no photos.</source>
        <translation>{name} enthält keine Fotos.</translation>
    </message>
    <message>
        <source>Open folder…</source>
        <translation>Ordner öffnen…</translation>
    </message>
    <message>
        <source>Open photos…</source>
        <translation>Fotos öffnen…</translation>
    </message>
    <message>
        <source>Open the sample portraits</source>
        <translation>Beispielporträts öffnen</translation>
    </message>
    <message>
        <source>Select all photos</source>
        <translation>Alle Fotos auswählen</translation>
    </message>
    <message>
        <source>Select the current photo only</source>
        <translation>Nur aktuelles Foto auswählen</translation>
    </message>
    <message>
        <source>Open in Edit</source>
        <translation>In „Bearbeiten“ öffnen</translation>
    </message>
    <message>
        <source>Show in its folder</source>
        <translation>Im Ordner zeigen</translation>
    </message>
    <message>
        <source>Make virtual copy</source>
        <translation>Virtuelle Kopie anlegen</translation>
    </message>
    <message>
        <source>Remove virtual copy</source>
        <translation>Virtuelle Kopie entfernen</translation>
    </message>
    <message>
        <source>No stars</source>
        <translation>Keine Sterne</translation>
    </message>
    <message>
        <source>1 star</source>
        <translation>1 Stern</translation>
    </message>
    <message>
        <source>{number} stars</source>
        <translation>{number} Sterne</translation>
    </message>
    <message>
        <source>Pick</source>
        <translation>Markieren</translation>
    </message>
    <message>
        <source>Reject</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Remove flag</source>
        <translation>Markierung entfernen</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Open photos</source>
        <translation>Fotos öffnen</translation>
    </message>
    <message>
        <source>Photos ({names})</source>
        <translation>Fotos ({names})</translation>
    </message>
    <message>
        <source>No flag</source>
        <translation>Unmarkiert</translation>
    </message>
    <message>
        <source>Virtual copy</source>
        <translation>Virtuelle Kopie</translation>
    </message>
    <message>
        <source>No virtual copy is selected; photos themselves are never removed.</source>
        <translation>Keine virtuelle Kopie ausgewählt; Fotos selbst werden nie entfernt.</translation>
    </message>
    <message>
        <source>{total} photos</source>
        <translation>{total} Fotos</translation>
    </message>
    <message>
        <source>1 photo</source>
        <translation>1 Foto</translation>
    </message>
    <message>
        <source>{listed} of {total} photos</source>
        <translation>{listed} von {total} Fotos</translation>
    </message>
</context>
<context>
    <name>LogDialog</name>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Log of</source>
        <translation>Protokoll von</translation>
    </message>
    <message>
        <source>The window</source>
        <translation>Oberfläche</translation>
    </message>
    <message>
        <source>The preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>The queue and the command line</source>
        <translation>Warteschlange und Befehlszeile</translation>
    </message>
    <message>
        <source>Filter lines</source>
        <translation>Zeilen filtern</translation>
    </message>
    <message>
        <source>Nothing is written here yet.</source>
        <translation>Hier steht noch nichts.</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>&amp;Log of</source>
        <translation>&amp;Protokoll von</translation>
    </message>
</context>
<context>
    <name>LookPage</name>
    <message>
        <source>Look</source>
        <translation>Look</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Versions get a number: studio-warm-v1, studio-warm-v2 and so on.</source>
        <translation>Versionen werden nummeriert: studio-warm-v1, studio-warm-v2 und so weiter.</translation>
    </message>
    <message>
        <source>None: from the base model alone</source>
        <translation>Keiner: nur vom Basismodell aus</translation>
    </message>
    <message>
        <source>Go on from</source>
        <translation>Ausgehend von</translation>
    </message>
    <message>
        <source>LoRA file</source>
        <translation>LoRA-Datei</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>Basismodell</translation>
    </message>
    <message>
        <source>the installed Qwen-Image-Edit-2511</source>
        <translation>das installierte Qwen-Image-Edit-2511</translation>
    </message>
    <message>
        <source>Expressions that it teaches</source>
        <translation>Gelehrte Ausdrücke</translation>
    </message>
    <message>
        <source>These are what the data set shows. More come with more pictures.</source>
        <translation>So viele zeigt der Datensatz. Mit mehr Bildern kommen weitere hinzu.</translation>
    </message>
    <message>
        <source>Expression</source>
        <translation>Ausdruck</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Own expressions</source>
        <translation>Eigene Ausdrücke</translation>
    </message>
    <message>
        <source>PixelSmile as published</source>
        <translation>PixelSmile wie veröffentlicht</translation>
    </message>
    <message>
        <source>Another LoRA file</source>
        <translation>Andere LoRA-Datei</translation>
    </message>
    <message>
        <source>your own word</source>
        <translation>eigenes Wort</translation>
    </message>
</context>
<context>
    <name>LossChart</name>
    <message>
        <source>Loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <source>Flow</source>
        <translation>Fluss</translation>
    </message>
    <message>
        <source>Contrast</source>
        <translation>Kontrast</translation>
    </message>
    <message>
        <source>Identity</source>
        <translation>Identität</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>Lernrate</translation>
    </message>
    <message>
        <source>Losses as a table</source>
        <translation>Verluste als Tabelle</translation>
    </message>
    <message>
        <source>Smooth</source>
        <translation>Glätten</translation>
    </message>
    <message>
        <source>As a table</source>
        <translation>Als Tabelle</translation>
    </message>
    <message>
        <source>No step has been done yet.</source>
        <translation>Noch kein Schritt ist getan.</translation>
    </message>
    <message>
        <source>Step {number}: {values}</source>
        <translation>Schritt {number}: {values}</translation>
    </message>
</context>
<context>
    <name>Machine</name>
    <message>
        <source>not installed: {names}; get them on the screen Models</source>
        <translation>nicht installiert: {names}; zu finden unter „Modelle“</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message>
        <source>Photo</source>
        <translation>Foto</translation>
    </message>
    <message>
        <source>Face</source>
        <translation>Gesicht</translation>
    </message>
    <message>
        <source>Strip</source>
        <translation>Sequenz</translation>
    </message>
    <message>
        <source>Queue</source>
        <translation>Warteschlange</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>PixelSmile Desktop</source>
        <translation>PixelSmile Desktop</translation>
    </message>
    <message>
        <source>Folders and filters</source>
        <translation>Ordner und Filter</translation>
    </message>
    <message>
        <source>Timelines</source>
        <translation>Zeitleisten</translation>
    </message>
    <message>
        <source>Filmstrip</source>
        <translation>Filmstreifen</translation>
    </message>
    <message>
        <source>Jobs</source>
        <translation>Aufträge</translation>
    </message>
    <message>
        <source>Screens</source>
        <translation>Bereiche</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Show or hide panels</source>
        <translation>Bedienfelder ein-/ausblenden</translation>
    </message>
    <message>
        <source>Next part of the window</source>
        <translation>Nächster Fensterbereich</translation>
    </message>
    <message>
        <source>Add to queue</source>
        <translation>In Warteschlange</translation>
    </message>
    <message>
        <source>Welcome guide</source>
        <translation>Erste Schritte</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>busy</source>
        <translation>beschäftigt</translation>
    </message>
    <message>
        <source>ready</source>
        <translation>bereit</translation>
    </message>
    <message>
        <source>Engine: {name}</source>
        <translation>Rechenwerk: {name}</translation>
    </message>
    <message>
        <source>The preview is {state}.</source>
        <translation>Die Vorschau ist {state}.</translation>
    </message>
    <message>
        <source>Library</source>
        <translation>Bibliothek</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>Prüfung</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>Training</translation>
    </message>
</context>
<context>
    <name>MessageBar</name>
    <message>
        <source>News</source>
        <translation>Neuigkeit</translation>
    </message>
    <message>
        <source>Trouble</source>
        <translation>Problem</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Details kopieren</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Close all</source>
        <translation>Alle schließen</translation>
    </message>
    <message>
        <source>{number} more</source>
        <translation>{number} weitere</translation>
    </message>
</context>
<context>
    <name>ModelDetails</name>
    <message>
        <source>About the model</source>
        <translation>Über das Modell</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>Herunterladen</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Import from a folder…</source>
        <translation>Aus Ordner importieren…</translation>
    </message>
    <message>
        <source>Verify</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>Entfernen…</translation>
    </message>
    <message>
        <source>I accept the licence {name}</source>
        <translation>Ich nehme die Lizenz {name} an</translation>
    </message>
    <message>
        <source>Needed by: {parts}</source>
        <translation>Benötigt von: {parts}</translation>
    </message>
    <message>
        <source>Licence: {name}</source>
        <translation>Lizenz: {name}</translation>
    </message>
    <message>
        <source>Not allowed here, because only commercial use is.</source>
        <translation>Hier nicht erlaubt: Nur gewerblich nutzbare Modelle sind zugelassen.</translation>
    </message>
    <message>
        <source>{size} have arrived and are kept.</source>
        <translation>{size} sind da und bleiben erhalten.</translation>
    </message>
    <message>
        <source>Install the program again.</source>
        <translation>Das Programm neu installieren.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>Accept the licence first.</source>
        <translation>Zuerst die Lizenz annehmen.</translation>
    </message>
    <message>
        <source>Folder with the model&apos;s files</source>
        <translation>Ordner mit den Dateien des Modells</translation>
    </message>
    <message>
        <source>Remove a model</source>
        <translation>Modell entfernen</translation>
    </message>
    <message>
        <source>Remove {name}? It has to be downloaded again.</source>
        <translation>{name} entfernen? Es muss dann neu heruntergeladen werden.</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>downloading</source>
        <translation>wird geladen</translation>
    </message>
    <message>
        <source>importing</source>
        <translation>wird importiert</translation>
    </message>
    <message>
        <source>checking</source>
        <translation>wird geprüft</translation>
    </message>
    <message>
        <source>removing</source>
        <translation>wird entfernt</translation>
    </message>
    <message>
        <source>{what}, {done} of {total}</source>
        <translation>{what}, {done} von {total}</translation>
    </message>
    <message>
        <source>{what}, {time} left</source>
        <translation>{what}, noch {time}</translation>
    </message>
</context>
<context>
    <name>ModelFiles</name>
    <message>
        <source>{name} could not be worked on.</source>
        <translation>{name} konnte nicht bearbeitet werden.</translation>
    </message>
    <message>
        <source>{name} is installed.</source>
        <translation>{name} ist installiert.</translation>
    </message>
    <message>
        <source>{name}: every file is as it should be.</source>
        <translation>{name}: Alle Dateien sind in Ordnung.</translation>
    </message>
    <message>
        <source>{name} is removed.</source>
        <translation>{name} ist entfernt.</translation>
    </message>
</context>
<context>
    <name>ModelsView</name>
    <message>
        <source>This machine</source>
        <translation>Dieser Rechner</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Erneut prüfen</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Commercial use only</source>
        <translation>Nur gewerblich nutzbare</translation>
    </message>
    <message>
        <source>Refuses models whose licence forbids work for customers.</source>
        <translation>Lehnt Modelle ab, deren Lizenz Arbeit für Kunden verbietet.</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Commercial</source>
        <translation>Gewerblich</translation>
    </message>
    <message>
        <source>The list is being read …</source>
        <translation>Die Liste wird gelesen …</translation>
    </message>
    <message>
        <source>comes with the program</source>
        <translation>im Programm enthalten</translation>
    </message>
    <message>
        <source>installed</source>
        <translation>installiert</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>not installed</source>
        <translation>nicht installiert</translation>
    </message>
    <message>
        <source>damaged</source>
        <translation>beschädigt</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>fehlt</translation>
    </message>
    <message>
        <source>no</source>
        <translation>nein</translation>
    </message>
    <message>
        <source>no: not allowed here</source>
        <translation>nein: hier nicht erlaubt</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>ja</translation>
    </message>
    <message>
        <source>The machine is being looked at …</source>
        <translation>Der Rechner wird geprüft …</translation>
    </message>
    <message>
        <source>{device}, {memory} GB: both editors run here.</source>
        <translation>{device}, {memory} GB: Beide Editoren laufen hier.</translation>
    </message>
    <message>
        <source>{device}, {memory} GB: the instant editor runs here; PixelSmile does once its models are installed: {models}.</source>
        <translation>{device}, {memory} GB: Der Sofort-Editor läuft hier; PixelSmile auch, sobald seine Modelle installiert sind: {models}.</translation>
    </message>
    <message>
        <source>{device}, {memory} GB: the instant editor runs here. PixelSmile: {why}.</source>
        <translation>{device}, {memory} GB: Der Sofort-Editor läuft hier. PixelSmile: {why}.</translation>
    </message>
    <message>
        <source>not available</source>
        <translation>nicht verfügbar</translation>
    </message>
</context>
<context>
    <name>NameSection</name>
    <message>
        <source>Names</source>
        <translation>Namen</translation>
    </message>
    <message>
        <source>Insert</source>
        <translation>Einfügen</translation>
    </message>
    <message>
        <source>Insert a token</source>
        <translation>Einfügen eines Platzhalters</translation>
    </message>
    <message>
        <source>the photo&apos;s name</source>
        <translation>Name des Fotos</translation>
    </message>
    <message>
        <source>what it shows</source>
        <translation>was es zeigt</translation>
    </message>
    <message>
        <source>how strongly</source>
        <translation>wie stark</translation>
    </message>
    <message>
        <source>a running number of four digits</source>
        <translation>laufende Nummer, vierstellig</translation>
    </message>
    <message>
        <source>when it was taken</source>
        <translation>Aufnahmedatum</translation>
    </message>
    <message>
        <source>the photo&apos;s folder</source>
        <translation>Ordner des Fotos</translation>
    </message>
    <message>
        <source>who is in it</source>
        <translation>wer darauf ist</translation>
    </message>
    <message>
        <source>the suffix</source>
        <translation>Dateiendung</translation>
    </message>
    <message>
        <source>Template</source>
        <translation>Muster</translation>
    </message>
    <message>
        <source>Template of names</source>
        <translation>Muster der Namen</translation>
    </message>
    <message>
        <source>Add a number</source>
        <translation>Nummer anhängen</translation>
    </message>
    <message>
        <source>Leave the file, make none</source>
        <translation>Datei behalten, nichts erstellen</translation>
    </message>
    <message>
        <source>Replace the file</source>
        <translation>Datei ersetzen</translation>
    </message>
    <message>
        <source>If a name is taken</source>
        <translation>Wenn ein Name vergeben ist</translation>
    </message>
</context>
<context>
    <name>PathField</name>
    <message>
        <source>Choose…</source>
        <translation>Wählen…</translation>
    </message>
</context>
<context>
    <name>PeopleList</name>
    <message>
        <source>People</source>
        <translation>Personen</translation>
    </message>
    <message>
        <source>F2 or a double click gives a name. Two with one name become one person.</source>
        <translation>F2 oder Doppelklick vergibt einen Namen. Zwei mit demselben Namen werden eine Person.</translation>
    </message>
    <message>
        <source>{name}, {number} photos</source>
        <translation>{name}, {number} Fotos</translation>
    </message>
    <message>
        <source>{name}, 1 photo</source>
        <translation>{name}, 1 Foto</translation>
    </message>
</context>
<context>
    <name>PersonBox</name>
    <message>
        <source>such as: training of this studio&apos;s look, until revoked</source>
        <translation>etwa: Training für den Look dieses Studios, bis auf Widerruf</translation>
    </message>
    <message>
        <source>person {number}</source>
        <translation>Person {number}</translation>
    </message>
    <message>
        <source>the signed paper&apos;s file, or where it lies</source>
        <translation>Datei der unterschriebenen Erklärung oder wo sie liegt</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>What was agreed</source>
        <translation>Vereinbart wurde</translation>
    </message>
    <message>
        <source>Release</source>
        <translation>Erklärung</translation>
    </message>
    <message>
        <source>This person</source>
        <translation>Diese Person</translation>
    </message>
    <message>
        <source>{name} has agreed to training with these pictures</source>
        <translation>{name} hat dem Training mit diesen Bildern zugestimmt</translation>
    </message>
</context>
<context>
    <name>PhotoCommands</name>
    <message>
        <source>Reset intensities</source>
        <translation>Regler zurücksetzen</translation>
    </message>
    <message>
        <source>Reset photo</source>
        <translation>Foto zurücksetzen</translation>
    </message>
    <message>
        <source>Make {number} variants</source>
        <translation>{number} Varianten erstellen</translation>
    </message>
    <message>
        <source>The edit was saved in {file}.</source>
        <translation>Die Bearbeitung ist in {file} gespeichert.</translation>
    </message>
    <message>
        <source>{photo}: there is no edit in a sidecar beside it.</source>
        <translation>{photo}: Keine Bearbeitung in einer Begleitdatei gefunden.</translation>
    </message>
    <message>
        <source>Load from sidecar</source>
        <translation>Aus Begleitdatei laden</translation>
    </message>
    <message>
        <source>{photo}: the sidecar cannot be used: {reason}.</source>
        <translation>{photo}: Die Begleitdatei ist nicht verwendbar: {reason}.</translation>
    </message>
    <message>
        <source>Paste settings</source>
        <translation>Einstellungen einfügen</translation>
    </message>
    <message>
        <source>Copy settings</source>
        <translation>Einstellungen kopieren</translation>
    </message>
    <message>
        <source>Sync settings</source>
        <translation>Einstellungen synchronisieren</translation>
    </message>
    <message>
        <source>Carry this photo&apos;s settings to the other selected photos</source>
        <translation>Die Einstellungen dieses Fotos auf die anderen ausgewählten übertragen</translation>
    </message>
    <message>
        <source>Sync to this person</source>
        <translation>Mit dieser Person synchronisieren</translation>
    </message>
    <message>
        <source>Carry the settings to the same person on all open photos</source>
        <translation>Die Einstellungen auf dieselbe Person in allen geöffneten Fotos übertragen</translation>
    </message>
    <message>
        <source>Sync relative to each face</source>
        <translation>Relativ zum jeweiligen Gesicht synchronisieren</translation>
    </message>
    <message>
        <source>A face that smiles already is given less of a smile</source>
        <translation>Ein Gesicht, das schon lächelt, lächelt weniger dazu</translation>
    </message>
    <message>
        <source>Save sidecar</source>
        <translation>Begleitdatei speichern</translation>
    </message>
    <message>
        <source>Write the edit into a file beside the photo</source>
        <translation>Die Bearbeitung in eine Datei neben dem Foto schreiben</translation>
    </message>
    <message>
        <source>Next photo</source>
        <translation>Nächstes Foto</translation>
    </message>
    <message>
        <source>Previous photo</source>
        <translation>Vorheriges Foto</translation>
    </message>
    <message>
        <source>Next face</source>
        <translation>Nächstes Gesicht</translation>
    </message>
    <message>
        <source>Previous face</source>
        <translation>Vorheriges Gesicht</translation>
    </message>
    <message>
        <source>Reset all intensities</source>
        <translation>Alle Regler zurücksetzen</translation>
    </message>
    <message>
        <source>Try another seed</source>
        <translation>Anderen Startwert versuchen</translation>
    </message>
</context>
<context>
    <name>Photos</name>
    <message>
        <source>edited</source>
        <translation>bearbeitet</translation>
    </message>
    <message>
        <source>virtual copy</source>
        <translation>virtuelle Kopie</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>eingereiht</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>needs review</source>
        <translation>zu prüfen</translation>
    </message>
    <message>
        <source>picked</source>
        <translation>markiert</translation>
    </message>
    <message>
        <source>rejected</source>
        <translation>abgelehnt</translation>
    </message>
    <message>
        <source>{number} of 5 stars</source>
        <translation>{number} von 5 Sternen</translation>
    </message>
</context>
<context>
    <name>PicturePane</name>
    <message>
        <source>This kind of file has no preview.</source>
        <translation>Für diese Dateiart gibt es keine Vorschau.</translation>
    </message>
</context>
<context>
    <name>PlaceSection</name>
    <message>
        <source>Place</source>
        <translation>Ort</translation>
    </message>
    <message>
        <source>Folder {name} beside each photo</source>
        <translation>Ordner {name} neben dem jeweiligen Foto</translation>
    </message>
    <message>
        <source>One folder</source>
        <translation>Ein Ordner</translation>
    </message>
    <message>
        <source>Folder for the pictures</source>
        <translation>Ordner für die Bilder</translation>
    </message>
    <message>
        <source>Choose a folder for the pictures.</source>
        <translation>Einen Ordner für die Bilder wählen.</translation>
    </message>
    <message>
        <source>The folder needs its whole path.</source>
        <translation>Der Ordner braucht seinen vollen Pfad.</translation>
    </message>
</context>
<context>
    <name>PreferencesDialog</name>
    <message>
        <source>Preferences</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Oberfläche</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>Erscheinungsbild</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>The language changes with the next start.</source>
        <translation>Die Sprache wechselt beim nächsten Start.</translation>
    </message>
    <message>
        <source>Editing</source>
        <translation>Bearbeitung</translation>
    </message>
    <message>
        <source>Automatic (instant)</source>
        <translation>Automatisch (Sofort)</translation>
    </message>
    <message>
        <source>Instant</source>
        <translation>Sofort</translation>
    </message>
    <message>
        <source>Editor of new edits</source>
        <translation>Editor für Neues</translation>
    </message>
    <message>
        <source>PixelSmile&apos;s base model</source>
        <translation>Basismodell von PixelSmile</translation>
    </message>
    <message>
        <source>the installed Qwen-Image-Edit-2511</source>
        <translation>das installierte Qwen-Image-Edit-2511</translation>
    </message>
    <message>
        <source>Looks of your own come from the screen Train.</source>
        <translation>Eigene Looks entstehen unter „Training“.</translation>
    </message>
    <message>
        <source>PixelSmile as published</source>
        <translation>PixelSmile wie veröffentlicht</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>Look</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Commercial use only</source>
        <translation>Nur gewerblich nutzbare</translation>
    </message>
    <message>
        <source>Refuses models whose licence forbids work for customers.</source>
        <translation>Lehnt Modelle ab, deren Lizenz Arbeit für Kunden verbietet.</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>Ausgabe</translation>
    </message>
    <message>
        <source>Folder for the pictures</source>
        <translation>Ordner für die Bilder</translation>
    </message>
    <message>
        <source>{name} beside each photo</source>
        <translation>{name} neben dem jeweiligen Foto</translation>
    </message>
    <message>
        <source>The folder needs its whole path.</source>
        <translation>Der Ordner braucht seinen vollen Pfad.</translation>
    </message>
    <message>
        <source>PixelSmile takes one at a time in any case.</source>
        <translation>PixelSmile rechnet in jedem Fall nur eines zugleich.</translation>
    </message>
    <message>
        <source>Photos rendered at once</source>
        <translation>Fotos gleichzeitig</translation>
    </message>
</context>
<context>
    <name>Queue</name>
    <message>
        <source>That job is not there any more.</source>
        <translation>Diesen Auftrag gibt es nicht mehr.</translation>
    </message>
</context>
<context>
    <name>QueueCommands</name>
    <message>
        <source>Pause</source>
        <translation>Anhalten</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Retry</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Retry failed</source>
        <translation>Fehlgeschlagene wiederholen</translation>
    </message>
    <message>
        <source>Move up</source>
        <translation>Nach oben</translation>
    </message>
    <message>
        <source>Move down</source>
        <translation>Nach unten</translation>
    </message>
    <message>
        <source>Open result</source>
        <translation>Ergebnis öffnen</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Clear finished</source>
        <translation>Fertige entfernen</translation>
    </message>
    <message>
        <source>{name}: its picture is not there any more; add it to the queue again</source>
        <translation>{name}: Das Bild ist nicht mehr da; erneut einreihen</translation>
    </message>
</context>
<context>
    <name>QueueProcess</name>
    <message>
        <source>it was ended from outside, or crashed</source>
        <translation>sie wurde von außen beendet oder ist abgestürzt</translation>
    </message>
</context>
<context>
    <name>QueueSummary</name>
    <message>
        <source>Queue: paused</source>
        <translation>Warteschlange: angehalten</translation>
    </message>
    <message>
        <source>Queue: empty</source>
        <translation>Warteschlange: leer</translation>
    </message>
    <message>
        <source>Queue: {done} of {all}</source>
        <translation>Warteschlange: {done} von {all}</translation>
    </message>
    <message>
        <source>{number} failed</source>
        <translation>{number} fehlgeschlagen</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>stopped</source>
        <translation>gestoppt</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>noch {time}</translation>
    </message>
    <message>
        <source>1 needs review</source>
        <translation>1 zu prüfen</translation>
    </message>
    <message>
        <source>{number} need review</source>
        <translation>{number} zu prüfen</translation>
    </message>
</context>
<context>
    <name>QueueView</name>
    <message>
        <source>Jobs</source>
        <translation>Aufträge</translation>
    </message>
    <message>
        <source>The queue is empty. Add to queue renders the selected photos in the background.</source>
        <translation>Die Warteschlange ist leer. „In Warteschlange“ rechnet die ausgewählten Fotos im Hintergrund.</translation>
    </message>
    <message>
        <source>Select all jobs</source>
        <translation>Alle Aufträge auswählen</translation>
    </message>
</context>
<context>
    <name>Readings</name>
    <message>
        <source>eyes closed</source>
        <translation>Augen zu</translation>
    </message>
    <message>
        <source>smiling</source>
        <translation>lächelt</translation>
    </message>
    <message>
        <source>mouth open</source>
        <translation>Mund offen</translation>
    </message>
    <message>
        <source>frowning</source>
        <translation>runzelt die Stirn</translation>
    </message>
    <message>
        <source>neutral</source>
        <translation>neutral</translation>
    </message>
</context>
<context>
    <name>Resources</name>
    <message>
        <source>brows drawn down and together, hard stare, lips pressed</source>
        <translation>Brauen gesenkt und zusammengezogen, harter Blick, Lippen gepresst</translation>
    </message>
    <message>
        <source>one brow up, one down, mouth drawn to a side</source>
        <translation>eine Braue oben, eine unten, Mund zur Seite gezogen</translation>
    </message>
    <message>
        <source>one corner of the mouth tightened and raised</source>
        <translation>ein Mundwinkel angespannt und gehoben</translation>
    </message>
    <message>
        <source>level gaze, a slight firm smile</source>
        <translation>gerader Blick, leichtes festes Lächeln</translation>
    </message>
    <message>
        <source>nose wrinkled, upper lip raised, eyes narrowed</source>
        <translation>Nase gerümpft, Oberlippe gehoben, Augen verengt</translation>
    </message>
    <message>
        <source>brows up and together, eyes wide, mouth stretched open</source>
        <translation>Brauen hoch und zusammen, Augen weit, Mund gespannt offen</translation>
    </message>
    <message>
        <source>corners of the mouth up, cheeks raised</source>
        <translation>Mundwinkel oben, Wangen gehoben</translation>
    </message>
    <message>
        <source>inner brows up, corners of the mouth down</source>
        <translation>innere Brauen oben, Mundwinkel unten</translation>
    </message>
    <message>
        <source>small closed smile, lowered lids</source>
        <translation>kleines geschlossenes Lächeln, gesenkte Lider</translation>
    </message>
    <message>
        <source>heavy lids, slack mouth</source>
        <translation>schwere Lider, schlaffer Mund</translation>
    </message>
    <message>
        <source>brows high, eyes wide, jaw dropped</source>
        <translation>Brauen hoch, Augen weit, Kiefer gefallen</translation>
    </message>
    <message>
        <source>brows drawn up, lips pressed and stretched</source>
        <translation>Brauen hochgezogen, Lippen gepresst und gespannt</translation>
    </message>
    <message>
        <source>A touch of a smile</source>
        <translation>Ein Hauch von Lächeln</translation>
    </message>
    <message>
        <source>Warm smile</source>
        <translation>Warmes Lächeln</translation>
    </message>
    <message>
        <source>Broad smile</source>
        <translation>Breites Lächeln</translation>
    </message>
    <message>
        <source>Pleasant surprise</source>
        <translation>Freudige Überraschung</translation>
    </message>
    <message>
        <source>Bittersweet</source>
        <translation>Bittersüß</translation>
    </message>
    <message>
        <source>Calm and sure</source>
        <translation>Ruhig und sicher</translation>
    </message>
    <message>
        <source>Qwen-Image-Edit-2511</source>
        <translation>Qwen-Image-Edit-2511</translation>
    </message>
    <message>
        <source>the picture model that the pixelsmile editor renders faces with</source>
        <translation>das Bildmodell, mit dem der PixelSmile-Editor Gesichter erzeugt</translation>
    </message>
    <message>
        <source>Any use, commercial use included, under the terms of the Apache licence.</source>
        <translation>Jede Nutzung, auch gewerblich, nach der Apache-Lizenz.</translation>
    </message>
    <message>
        <source>editor pixelsmile</source>
        <translation>PixelSmile-Editor</translation>
    </message>
    <message>
        <source>training</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>PixelSmile, preview for people</source>
        <translation>PixelSmile, Vorabversion für Menschen</translation>
    </message>
    <message>
        <source>the expressions of the pixelsmile editor, a LoRA over Qwen-Image-Edit-2511</source>
        <translation>die Ausdrücke des PixelSmile-Editors, eine LoRA über Qwen-Image-Edit-2511</translation>
    </message>
    <message>
        <source>Qwen-Image-Edit-2511-Lightning, 4 steps</source>
        <translation>Qwen-Image-Edit-2511-Lightning, 4 Schritte</translation>
    </message>
    <message>
        <source>drafts in 4 steps instead of 50, a LoRA over Qwen-Image-Edit-2511</source>
        <translation>Entwürfe in 4 statt 50 Schritten, eine LoRA über Qwen-Image-Edit-2511</translation>
    </message>
    <message>
        <source>editor pixelsmile, drafts</source>
        <translation>PixelSmile-Editor, Entwürfe</translation>
    </message>
    <message>
        <source>CLIP ViT-L/14</source>
        <translation>CLIP ViT-L/14</translation>
    </message>
    <message>
        <source>compares expressions during training</source>
        <translation>vergleicht Ausdrücke beim Training</translation>
    </message>
    <message>
        <source>Any use, commercial use included, under the MIT licence; its authors ask for tests of your own before you build a product on it.</source>
        <translation>Jede Nutzung, auch gewerblich, nach der MIT-Lizenz; die Autoren bitten um eigene Tests, bevor ein Produkt darauf aufbaut.</translation>
    </message>
    <message>
        <source>insightface model pack buffalo_l</source>
        <translation>insightface-Modellpaket buffalo_l</translation>
    </message>
    <message>
        <source>finds faces and tells people apart, for the provider insightface</source>
        <translation>findet Gesichter und unterscheidet Personen, für den Anbieter insightface</translation>
    </message>
    <message>
        <source>Non-commercial research only; work for customers is not that.</source>
        <translation>Nur nichtgewerbliche Forschung; Arbeit für Kunden ist das nicht.</translation>
    </message>
    <message>
        <source>faces by insightface</source>
        <translation>Gesichtssuche mit insightface</translation>
    </message>
    <message>
        <source>insightface model pack antelopev2</source>
        <translation>insightface-Modellpaket antelopev2</translation>
    </message>
    <message>
        <source>keeps people&apos;s identity during training</source>
        <translation>bewahrt die Identität beim Training</translation>
    </message>
    <message>
        <source>Non-commercial research only; a model trained with its help for customers is not that.</source>
        <translation>Nur nichtgewerbliche Forschung; ein damit für Kunden trainiertes Modell ist das nicht.</translation>
    </message>
    <message>
        <source>finds faces (YuNet)</source>
        <translation>findet Gesichter (YuNet)</translation>
    </message>
    <message>
        <source>478-point face mesh and 52 blendshapes (MediaPipe)</source>
        <translation>Gesichtsnetz mit 478 Punkten und 52 Blendshapes (MediaPipe)</translation>
    </message>
    <message>
        <source>tells people apart (SFace)</source>
        <translation>unterscheidet Personen (SFace)</translation>
    </message>
</context>
<context>
    <name>ReviewView</name>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>Nothing needs review.</source>
        <translation>Nichts zu prüfen.</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Annehmen</translation>
    </message>
    <message>
        <source>Reject</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Retry with another seed</source>
        <translation>Mit anderem Startwert wiederholen</translation>
    </message>
    <message>
        <source>Next result</source>
        <translation>Nächstes Ergebnis</translation>
    </message>
    <message>
        <source>Previous result</source>
        <translation>Vorheriges Ergebnis</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>Ergebnisse</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Zeigen</translation>
    </message>
    <message>
        <source>Needs review</source>
        <translation>Zu prüfen</translation>
    </message>
    <message>
        <source>All results</source>
        <translation>Alle Ergebnisse</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>Identity</source>
        <translation>Identität</translation>
    </message>
    <message>
        <source>Drift</source>
        <translation>Abweichung</translation>
    </message>
    <message>
        <source>Made by</source>
        <translation>Erstellt von</translation>
    </message>
    <message>
        <source>The picture is not there.</source>
        <translation>Das Bild ist nicht da.</translation>
    </message>
    <message>
        <source>moved {number:.1f} px</source>
        <translation>verschoben {number:.1f} px</translation>
    </message>
    <message>
        <source>zoomed {number:+.1f} %</source>
        <translation>skaliert {number:+.1f} %</translation>
    </message>
    <message>
        <source>turned {number:+.1f}°</source>
        <translation>gedreht {number:+.1f}°</translation>
    </message>
    <message>
        <source>colour {number:+.0f}</source>
        <translation>Farbe {number:+.0f}</translation>
    </message>
    <message>
        <source>other changes {number:.1f}</source>
        <translation>sonstige Änderungen {number:.1f}</translation>
    </message>
    <message>
        <source>seed {number}</source>
        <translation>Startwert {number}</translation>
    </message>
    <message>
        <source>{name} – {place} of {all}</source>
        <translation>{name} – {place} von {all}</translation>
    </message>
</context>
<context>
    <name>Reviewed</name>
    <message>
        <source>{name}: {state}</source>
        <translation>{name}: {state}</translation>
    </message>
</context>
<context>
    <name>RightsSection</name>
    <message>
        <source>Metadata and provenance</source>
        <translation>Metadaten und Herkunft</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>Leave out the place</source>
        <translation>Ort weglassen</translation>
    </message>
    <message>
        <source>Leave out everything</source>
        <translation>Alles weglassen</translation>
    </message>
    <message>
        <source>Metadata</source>
        <translation>Metadaten</translation>
    </message>
    <message>
        <source>Every picture says in its metadata that it was edited. This always stays.</source>
        <translation>Jedes Bild sagt in seinen Metadaten, dass es bearbeitet wurde. Das bleibt immer erhalten.</translation>
    </message>
    <message>
        <source>Keep the recipe beside each photo (sidecar)</source>
        <translation>Rezept neben dem Foto ablegen (Begleitdatei)</translation>
    </message>
    <message>
        <source>a name, or that of the shoot</source>
        <translation>ein Name oder der des Shootings</translation>
    </message>
    <message>
        <source>what was agreed, and how</source>
        <translation>was vereinbart wurde, und wie</translation>
    </message>
    <message>
        <source>YYYY-MM-DD</source>
        <translation>JJJJ-MM-TT</translation>
    </message>
    <message>
        <source>Consent of</source>
        <translation>Einwilligung von</translation>
    </message>
    <message>
        <source>What was agreed</source>
        <translation>Vereinbart wurde</translation>
    </message>
    <message>
        <source>Agreed on</source>
        <translation>Vereinbart am</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.key);;All files (*)</source>
        <translation>PEM-Dateien (*.pem *.crt *.key);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Certificate (C2PA)</source>
        <translation>Zertifikat (C2PA)</translation>
    </message>
    <message>
        <source>Key of the certificate</source>
        <translation>Schlüssel des Zertifikats</translation>
    </message>
    <message>
        <source>not signed</source>
        <translation>nicht signiert</translation>
    </message>
    <message>
        <source>Signing needs both a certificate and its key.</source>
        <translation>Zum Signieren braucht es Zertifikat und Schlüssel.</translation>
    </message>
    <message>
        <source>Say whose consent it is, or empty what was agreed.</source>
        <translation>Angeben, wessen Einwilligung es ist, oder „Vereinbart wurde“ leeren.</translation>
    </message>
    <message>
        <source>A date is written as YYYY-MM-DD, such as 2026-05-31.</source>
        <translation>Ein Datum wird als JJJJ-MM-TT geschrieben, etwa 2026-05-31.</translation>
    </message>
</context>
<context>
    <name>Ruler</name>
    <message>
        <source>Ruler</source>
        <translation>Lineal</translation>
    </message>
    <message>
        <source>{seconds} s</source>
        <translation>{seconds} s</translation>
    </message>
</context>
<context>
    <name>RunPage</name>
    <message>
        <source>State</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>Zahlen</translation>
    </message>
    <message>
        <source>Whether the node can be shut down</source>
        <translation>Darf der Knoten aus?</translation>
    </message>
    <message>
        <source>About the run</source>
        <translation>Über den Lauf</translation>
    </message>
    <message>
        <source>Losses</source>
        <translation>Verluste</translation>
    </message>
    <message>
        <source>Checkpoints and pictures</source>
        <translation>Checkpoints und Bilder</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Save now</source>
        <translation>Jetzt sichern</translation>
    </message>
    <message>
        <source>A checkpoint, and on it goes.</source>
        <translation>Ein Checkpoint, dann geht es weiter.</translation>
    </message>
    <message>
        <source>Sample now</source>
        <translation>Jetzt Bilder</translation>
    </message>
    <message>
        <source>Validation pictures, and on it goes.</source>
        <translation>Prüfbilder, dann geht es weiter.</translation>
    </message>
    <message>
        <source>Pause (save and stop)</source>
        <translation>Anhalten (sichern und stoppen)</translation>
    </message>
    <message>
        <source>The machine is free then; Resume goes on, here or elsewhere.</source>
        <translation>Der Rechner ist dann frei; „Fortsetzen“ macht weiter, hier oder anderswo.</translation>
    </message>
    <message>
        <source>End without saving…</source>
        <translation>Ohne Sichern beenden…</translation>
    </message>
    <message>
        <source>At once; the last checkpoint stays.</source>
        <translation>Sofort; der letzte Checkpoint bleibt.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Goes on from where it saved last.</source>
        <translation>Macht beim letzten gesicherten Stand weiter.</translation>
    </message>
    <message>
        <source>Resume on</source>
        <translation>Fortsetzen auf</translation>
    </message>
    <message>
        <source>Fetch results</source>
        <translation>Ergebnisse holen</translation>
    </message>
    <message>
        <source>The look, pictures and figures; every file is checked by its hash.</source>
        <translation>Look, Bilder und Zahlen; jede Datei wird anhand ihres Hashs geprüft.</translation>
    </message>
    <message>
        <source>Forget run…</source>
        <translation>Lauf vergessen…</translation>
    </message>
    <message>
        <source>Deletes it here and on its node; what was fetched stays.</source>
        <translation>Löscht ihn hier und auf seinem Knoten; Geholtes bleibt.</translation>
    </message>
    <message>
        <source>Checkpoints</source>
        <translation>Checkpoints</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>Linearity</source>
        <translation>Linearität</translation>
    </message>
    <message>
        <source>Slope</source>
        <translation>Steigung</translation>
    </message>
    <message>
        <source>Separation</source>
        <translation>Trennung</translation>
    </message>
    <message>
        <source>Identity</source>
        <translation>Identität</translation>
    </message>
    <message>
        <source>Kept as</source>
        <translation>Aufbewahrt als</translation>
    </message>
    <message>
        <source>Install as look</source>
        <translation>Als Look installieren</translation>
    </message>
    <message>
        <source>Keeps the LoRA under the next version&apos;s name, for the editor.</source>
        <translation>Legt die LoRA unter dem Namen der nächsten Version für den Editor ab.</translation>
    </message>
    <message>
        <source>Use it in the editor at once</source>
        <translation>Sofort im Editor verwenden</translation>
    </message>
    <message>
        <source>Compare in the editor</source>
        <translation>Im Editor vergleichen</translation>
    </message>
    <message>
        <source>Renders the current photo once for each chosen checkpoint, for the screen Review. Where PixelSmile cannot run, opens their validation pictures instead.</source>
        <translation>Rechnet das aktuelle Foto einmal je gewähltem Checkpoint für „Prüfung“. Wo PixelSmile nicht laufen kann, öffnen sich stattdessen die Prüfbilder.</translation>
    </message>
    <message>
        <source>Fetch pictures</source>
        <translation>Bilder holen</translation>
    </message>
    <message>
        <source>The validation pictures of the chosen checkpoints.</source>
        <translation>Die Prüfbilder der gewählten Checkpoints.</translation>
    </message>
    <message>
        <source>About the chosen checkpoints</source>
        <translation>Über die gewählten Checkpoints</translation>
    </message>
    <message>
        <source>Validation pictures</source>
        <translation>Prüfbilder</translation>
    </message>
    <message>
        <source>step {step} of {total}</source>
        <translation>Schritt {step} von {total}</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>noch {time}</translation>
    </message>
    <message>
        <source>{state} on {target}</source>
        <translation>{state} auf {target}</translation>
    </message>
    <message>
        <source>{state} on this computer</source>
        <translation>{state} auf diesem Rechner</translation>
    </message>
    <message>
        <source>, for {time}</source>
        <translation>, seit {time}</translation>
    </message>
    <message>
        <source>; it has said nothing for {time}</source>
        <translation>; seit {time} keine Meldung</translation>
    </message>
    <message>
        <source>It was not handed over to the end; Resume does that.</source>
        <translation>Er wurde nicht vollständig übergeben; „Fortsetzen“ holt das nach.</translation>
    </message>
    <message>
        <source>Everything is saved; Resume goes on.</source>
        <translation>Alles ist gesichert; „Fortsetzen“ macht weiter.</translation>
    </message>
    <message>
        <source>No step has been done yet; pictures and prompts are prepared first.</source>
        <translation>Noch kein Schritt getan; zuerst werden Bilder und Prompts vorbereitet.</translation>
    </message>
    <message>
        <source>loss {value}</source>
        <translation>Verlust {value}</translation>
    </message>
    <message>
        <source>learning rate {value}</source>
        <translation>Lernrate {value}</translation>
    </message>
    <message>
        <source>{value} s a step</source>
        <translation>{value} s je Schritt</translation>
    </message>
    <message>
        <source>GPU memory {value} GB</source>
        <translation>GPU-Speicher {value} GB</translation>
    </message>
    <message>
        <source>cost of the steps so far {amount}</source>
        <translation>Kosten der bisherigen Schritte {amount}</translation>
    </message>
    <message>
        <source>It runs on this computer; results lie in {folder}.</source>
        <translation>Läuft auf diesem Rechner; die Ergebnisse liegen in {folder}.</translation>
    </message>
    <message>
        <source>✓ Safe to shut {target} down: every run on it has ended, and all results are here and verified.</source>
        <translation>✓ {target} darf aus: Jeder Lauf dort ist zu Ende, alle Ergebnisse sind hier und geprüft.</translation>
    </message>
    <message>
        <source>Do not shut {target} down: the run goes on there.</source>
        <translation>{target} nicht abschalten: Der Lauf geht dort weiter.</translation>
    </message>
    <message>
        <source>Do not shut {target} down yet: fetch the results first.</source>
        <translation>{target} noch nicht abschalten: Zuerst die Ergebnisse holen.</translation>
    </message>
    <message>
        <source>Do not shut {target} down yet: another run on it goes on or is not fetched.</source>
        <translation>{target} noch nicht abschalten: Ein anderer Lauf dort geht weiter oder ist nicht geholt.</translation>
    </message>
    <message>
        <source>Results are being fetched and verified …</source>
        <translation>Ergebnisse werden geholt und geprüft …</translation>
    </message>
    <message>
        <source>The look is being written …</source>
        <translation>Der Look wird geschrieben …</translation>
    </message>
    <message>
        <source>The run is being started again …</source>
        <translation>Der Lauf wird wieder gestartet …</translation>
    </message>
    <message>
        <source>These checkpoints are no longer kept; pictures and figures are.</source>
        <translation>Diese Checkpoints gibt es nicht mehr; Bilder und Zahlen schon.</translation>
    </message>
    <message>
        <source>on this computer</source>
        <translation>auf diesem Rechner</translation>
    </message>
    <message>
        <source>on {target}</source>
        <translation>auf {target}</translation>
    </message>
    <message>
        <source>the end</source>
        <translation>das Ende</translation>
    </message>
    <message>
        <source>finished look</source>
        <translation>fertiger Look</translation>
    </message>
    <message>
        <source>checkpoint</source>
        <translation>Checkpoint</translation>
    </message>
    <message>
        <source>no longer kept</source>
        <translation>nicht mehr da</translation>
    </message>
    <message>
        <source>Step {number}</source>
        <translation>Schritt {number}</translation>
    </message>
    <message>
        <source>Its pictures are not here: fetch them.</source>
        <translation>Die Bilder sind nicht hier: Erst holen.</translation>
    </message>
    <message>
        <source>{name}: source, rising intensities, target</source>
        <translation>{name}: Ausgangsbild, steigende Stärke, Ziel</translation>
    </message>
    <message>
        <source>Choose one or more checkpoints to see what they make.</source>
        <translation>Einen oder mehrere Checkpoints wählen, um ihre Bilder zu sehen.</translation>
    </message>
    <message>
        <source>What was learnt since the last checkpoint is lost. Pause saves before it stops.</source>
        <translation>Seit dem letzten Checkpoint Gelerntes geht verloren. „Anhalten“ sichert vor dem Stoppen.</translation>
    </message>
    <message>
        <source>End without saving</source>
        <translation>Ohne Sichern beenden</translation>
    </message>
    <message>
        <source>It is deleted here and on its node. What was fetched stays.</source>
        <translation>Er wird hier und auf seinem Knoten gelöscht. Geholtes bleibt.</translation>
    </message>
    <message>
        <source>Forget run</source>
        <translation>Lauf vergessen</translation>
    </message>
    <message>
        <source>{name} is installed; Preferences has it.</source>
        <translation>{name} ist installiert; zu finden in den Einstellungen.</translation>
    </message>
    <message>
        <source>{name} is installed, and the editor uses it.</source>
        <translation>{name} ist installiert, und der Editor verwendet ihn.</translation>
    </message>
    <message>
        <source>PixelSmile cannot run here: {reason}</source>
        <translation>PixelSmile kann hier nicht laufen: {reason}</translation>
    </message>
    <message>
        <source>it is not known yet</source>
        <translation>noch nicht bekannt</translation>
    </message>
    <message>
        <source>no edited photo is open</source>
        <translation>kein bearbeitetes Foto offen ist</translation>
    </message>
    <message>
        <source>these checkpoints are no longer kept</source>
        <translation>es diese Checkpoints nicht mehr gibt</translation>
    </message>
    <message>
        <source>There is nothing to compare yet: {reason}; fetch the pictures first.</source>
        <translation>Noch nichts zu vergleichen: {reason}; zuerst die Bilder holen.</translation>
    </message>
    <message>
        <source>The validation pictures are open, because {reason}.</source>
        <translation>Die Prüfbilder sind offen. Grund: {reason}.</translation>
    </message>
    <message>
        <source>Renders in the queue: {number}; the screen Review shows them.</source>
        <translation>Berechnungen in der Warteschlange: {number}; „Prüfung“ zeigt sie.</translation>
    </message>
</context>
<context>
    <name>RunState</name>
    <message>
        <source>running, but silent</source>
        <translation>läuft, meldet sich aber nicht</translation>
    </message>
    <message>
        <source>being sent</source>
        <translation>wird gesendet</translation>
    </message>
    <message>
        <source>waiting its turn</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>running</source>
        <translation>läuft</translation>
    </message>
    <message>
        <source>finished</source>
        <translation>fertig</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>lost</source>
        <translation>verloren</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>More</source>
        <translation>Mehr</translation>
    </message>
    <message>
        <source>More settings</source>
        <translation>Weitere Einstellungen</translation>
    </message>
    <message>
        <source>How thoroughly</source>
        <translation>Wie gründlich</translation>
    </message>
    <message>
        <source>Quick</source>
        <translation>Schnell</translation>
    </message>
    <message>
        <source>300 small steps: shows whether everything is in place, teaches little.</source>
        <translation>300 kleine Schritte: zeigt, ob alles stimmt, lehrt wenig.</translation>
    </message>
    <message>
        <source>Usual</source>
        <translation>Üblich</translation>
    </message>
    <message>
        <source>3,000 steps: for a look of one studio or one person.</source>
        <translation>3.000 Schritte: für den Look eines Studios oder einer Person.</translation>
    </message>
    <message>
        <source>Thorough</source>
        <translation>Gründlich</translation>
    </message>
    <message>
        <source>As published: a hundred passes over the data set, in steps of 16.</source>
        <translation>Wie veröffentlicht: hundert Durchgänge durch den Datensatz, in Schritten zu 16.</translation>
    </message>
    <message>
        <source>Own</source>
        <translation>Eigene</translation>
    </message>
    <message>
        <source>As set under More.</source>
        <translation>Wie unter „Weitere Einstellungen“.</translation>
    </message>
    <message>
        <source>Learning</source>
        <translation>Lernen</translation>
    </message>
    <message>
        <source>Passes over the data set</source>
        <translation>Durchgänge durch den Datensatz</translation>
    </message>
    <message>
        <source>Steps at most</source>
        <translation>Schritte höchstens</translation>
    </message>
    <message>
        <source>as many as the passes take</source>
        <translation>so viele, wie die Durchgänge brauchen</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>Rang</translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation>Alpha</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>Lernrate</translation>
    </message>
    <message>
        <source>Warm-up steps</source>
        <translation>Aufwärmschritte</translation>
    </message>
    <message>
        <source>Batch: triplets a step</source>
        <translation>Batch: Tripel je Schritt</translation>
    </message>
    <message>
        <source>At once on a GPU</source>
        <translation>Auf einmal je GPU</translation>
    </message>
    <message>
        <source>Running mean (EMA)</source>
        <translation>Gleitendes Mittel (EMA)</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>Startwert</translation>
    </message>
    <message>
        <source>Losses</source>
        <translation>Verluste</translation>
    </message>
    <message>
        <source>Weight of the contrast</source>
        <translation>Gewicht des Kontrasts</translation>
    </message>
    <message>
        <source>InfoNCE (as published)</source>
        <translation>InfoNCE (wie veröffentlicht)</translation>
    </message>
    <message>
        <source>Triplet hinge</source>
        <translation>Triplet-Hinge</translation>
    </message>
    <message>
        <source>Log-ratio</source>
        <translation>Log-Ratio</translation>
    </message>
    <message>
        <source>Contrast</source>
        <translation>Kontrast</translation>
    </message>
    <message>
        <source>CLIP ViT-L/14 for the contrast</source>
        <translation>CLIP ViT-L/14 für den Kontrast</translation>
    </message>
    <message>
        <source>not installed: the contrast is left out</source>
        <translation>nicht installiert: der Kontrast entfällt</translation>
    </message>
    <message>
        <source>Weight of the identity</source>
        <translation>Gewicht der Identität</translation>
    </message>
    <message>
        <source>Pictures and checkpoints</source>
        <translation>Bilder und Checkpoints</translation>
    </message>
    <message>
        <source>Pictures every … steps</source>
        <translation>Bilder alle … Schritte</translation>
    </message>
    <message>
        <source>never</source>
        <translation>nie</translation>
    </message>
    <message>
        <source>Triplets shown</source>
        <translation>Gezeigte Tripel</translation>
    </message>
    <message>
        <source>Steps of the sampler</source>
        <translation>Schritte des Samplers</translation>
    </message>
    <message>
        <source>Intensities shown</source>
        <translation>Gezeigte Stärken</translation>
    </message>
    <message>
        <source>Checkpoint every … steps</source>
        <translation>Checkpoint alle … Schritte</translation>
    </message>
    <message>
        <source>Checkpoints kept</source>
        <translation>Behaltene Checkpoints</translation>
    </message>
    <message>
        <source>all</source>
        <translation>alle</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>Speicher</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Of the frozen model. int8, fp8 and int4 (QLoRA) fit smaller cards.</source>
        <translation>Des eingefrorenen Modells. int8, fp8 und int4 (QLoRA) passen auf kleinere Karten.</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>Genauigkeit</translation>
    </message>
    <message>
        <source>Less memory for a third more time</source>
        <translation>Weniger Speicher für ein Drittel mehr Zeit</translation>
    </message>
    <message>
        <source>Gradient checkpointing</source>
        <translation>Gradient Checkpointing</translation>
    </message>
    <message>
        <source>Side of the pictures</source>
        <translation>Kantenlänge der Bilder</translation>
    </message>
    <message>
        <source>CLIP ViT-L/14 is not installed, so the contrast between easily confused expressions is left out. The screen Models has it; or name its folder under More.</source>
        <translation>CLIP ViT-L/14 ist nicht installiert, daher entfällt der Kontrast zwischen leicht verwechselten Ausdrücken. Unter „Modelle“ zu finden, oder den Ordner unter „Weitere Einstellungen“ angeben.</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastaturbefehle</translation>
    </message>
    <message>
        <source>Filter by command or key</source>
        <translation>Nach Befehl oder Taste filtern</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>Tastaturbefehle</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>Befehl</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
</context>
<context>
    <name>StepTable</name>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>Seconds</source>
        <translation>Sekunden</translation>
    </message>
</context>
<context>
    <name>StripExportDialog</name>
    <message>
        <source>about {number} s</source>
        <translation>etwa {number} s</translation>
    </message>
    <message>
        <source>about {number} min</source>
        <translation>etwa {number} min</translation>
    </message>
    <message>
        <source>about {number} h</source>
        <translation>etwa {number} h</translation>
    </message>
    <message>
        <source>Export strip</source>
        <translation>Sequenz exportieren</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>Editor</source>
        <translation>Editor</translation>
    </message>
    <message>
        <source>Instant</source>
        <translation>Sofort</translation>
    </message>
    <message>
        <source>PixelSmile</source>
        <translation>PixelSmile</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>Beside the photo, in the folder PixelSmile</source>
        <translation>Neben dem Foto, im Ordner PixelSmile</translation>
    </message>
    <message>
        <source>What it takes</source>
        <translation>Aufwand</translation>
    </message>
    <message>
        <source>Add to queue</source>
        <translation>In Warteschlange</translation>
    </message>
    <message>
        <source>GIF</source>
        <translation>GIF</translation>
    </message>
    <message>
        <source>WebP</source>
        <translation>WebP</translation>
    </message>
    <message>
        <source>APNG</source>
        <translation>APNG</translation>
    </message>
    <message>
        <source>MP4 film</source>
        <translation>MP4-Film</translation>
    </message>
    <message>
        <source>Frames, a folder of PNG files</source>
        <translation>Einzelbilder, ein Ordner mit PNG-Dateien</translation>
    </message>
    <message>
        <source>Contact sheet, one PNG</source>
        <translation>Kontaktabzug, ein PNG</translation>
    </message>
    <message>
        <source>{frames} frames, {seconds} s at {fps} frames a second.</source>
        <translation>{frames} Bilder, {seconds} s bei {fps} Bildern je Sekunde.</translation>
    </message>
    <message>
        <source>Renders: {number}.</source>
        <translation>Berechnungen: {number}.</translation>
    </message>
    <message>
        <source>Renders: {number}, {time} for each face.</source>
        <translation>Berechnungen: {number}, {time} je Gesicht.</translation>
    </message>
    <message>
        <source>Each frame up to {pixels} pixels.</source>
        <translation>Jedes Bild bis {pixels} Pixel.</translation>
    </message>
    <message>
        <source>The longer side up to {pixels} pixels.</source>
        <translation>Lange Kante bis {pixels} Pixel.</translation>
    </message>
    <message>
        <source>This is a still: give it more than one frame first.</source>
        <translation>Dies ist ein Einzelbild: Zuerst mehr als ein Bild einstellen.</translation>
    </message>
    <message>
        <source>Nothing is edited: set a key above 0 % first.</source>
        <translation>Nichts bearbeitet: Zuerst einen Keyframe über 0 % setzen.</translation>
    </message>
    <message>
        <source>A GIF shows at most 50 frames a second: lower the rate or take WebP.</source>
        <translation>GIF zeigt höchstens 50 Bilder je Sekunde: Bildrate senken oder WebP nehmen.</translation>
    </message>
    <message>
        <source>PixelSmile cannot run here: {reason}</source>
        <translation>PixelSmile kann hier nicht laufen: {reason}</translation>
    </message>
</context>
<context>
    <name>Syncing</name>
    <message>
        <source>The settings of {photo} are copied.</source>
        <translation>Die Einstellungen von {photo} sind kopiert.</translation>
    </message>
    <message>
        <source>Nothing is copied yet: copy a photo&apos;s settings first.</source>
        <translation>Noch nichts kopiert: Zuerst die Einstellungen eines Fotos kopieren.</translation>
    </message>
    <message>
        <source>Paste settings</source>
        <translation>Einstellungen einfügen</translation>
    </message>
    <message>
        <source>Only {photo} is selected: select the photos to sync to as well.</source>
        <translation>Nur {photo} ist ausgewählt: Auch die Fotos auswählen, die synchronisiert werden sollen.</translation>
    </message>
    <message>
        <source>Sync settings to {number} photos</source>
        <translation>Mit {number} Fotos synchronisieren</translation>
    </message>
    <message>
        <source>Sync settings to 1 photo</source>
        <translation>Mit 1 Foto synchronisieren</translation>
    </message>
    <message>
        <source>Sync settings to this person</source>
        <translation>Mit dieser Person synchronisieren</translation>
    </message>
    <message>
        <source>Looking for faces on {number} photos first.</source>
        <translation>Zuerst werden auf {number} Fotos Gesichter gesucht.</translation>
    </message>
    <message>
        <source>Looking for faces on 1 photo first.</source>
        <translation>Zuerst werden auf 1 Foto Gesichter gesucht.</translation>
    </message>
    <message>
        <source>The settings went to this person on 1 more photo.</source>
        <translation>Die Einstellungen gelten nun für diese Person auf 1 weiteren Foto.</translation>
    </message>
    <message>
        <source>The settings went to this person on {number} more photos.</source>
        <translation>Die Einstellungen gelten nun für diese Person auf {number} weiteren Fotos.</translation>
    </message>
    <message>
        <source>This person was found on no other of the open photos.</source>
        <translation>Diese Person ist auf keinem anderen geöffneten Foto.</translation>
    </message>
    <message>
        <source>The settings went to {number} photos.</source>
        <translation>Die Einstellungen gelten nun für {number} Fotos.</translation>
    </message>
    <message>
        <source>The settings went to 1 photo.</source>
        <translation>Die Einstellungen gelten nun für 1 Foto.</translation>
    </message>
    <message>
        <source>Left out, no such face: {names}.</source>
        <translation>Ausgelassen, kein solches Gesicht: {names}.</translation>
    </message>
</context>
<context>
    <name>TargetPage</name>
    <message>
        <source>Pictures and model go to the target and nowhere else. Your own SSH keys are used where they are and never copied.</source>
        <translation>Bilder und Modell gehen an das Ziel und sonst nirgendwohin. Die eigenen SSH-Schlüssel werden dort verwendet, wo sie liegen, und nie kopiert.</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Wo</translation>
    </message>
    <message>
        <source>Targets</source>
        <translation>Ziele</translation>
    </message>
    <message>
        <source>Look at it</source>
        <translation>Ansehen</translation>
    </message>
    <message>
        <source>Forget this target</source>
        <translation>Ziel vergessen</translation>
    </message>
    <message>
        <source>What the target has</source>
        <translation>Was das Ziel hat</translation>
    </message>
    <message>
        <source>Add a target</source>
        <translation>Ziel hinzufügen</translation>
    </message>
    <message>
        <source>A machine over SSH</source>
        <translation>Rechner über SSH</translation>
    </message>
    <message>
        <source>A Slurm queue over SSH</source>
        <translation>Slurm-Warteschlange über SSH</translation>
    </message>
    <message>
        <source>A Ray cluster</source>
        <translation>Ray-Cluster</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Target&apos;s name</source>
        <translation>Name des Ziels</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Options of sbatch</source>
        <translation>Optionen für sbatch</translation>
    </message>
    <message>
        <source>Add target</source>
        <translation>Ziel hinzufügen</translation>
    </message>
    <message>
        <source>Host key</source>
        <translation>Host-Schlüssel</translation>
    </message>
    <message>
        <source>Fingerprint of the host key</source>
        <translation>Fingerabdruck des Host-Schlüssels</translation>
    </message>
    <message>
        <source>This is the key that the owner of the machine told me</source>
        <translation>Das ist der Schlüssel, den der Betreiber genannt hat</translation>
    </message>
    <message>
        <source>Pin the key and add</source>
        <translation>Schlüssel festhalten und hinzufügen</translation>
    </message>
    <message>
        <source>Do not add</source>
        <translation>Nicht hinzufügen</translation>
    </message>
    <message>
        <source>{host} shows this key. Compare it with what the owner of the machine told you, or with the page of its provider: it is shown once and pinned, and any other key is refused from then on.</source>
        <translation>{host} zeigt diesen Schlüssel. Mit der Angabe des Betreibers oder der Seite des Anbieters vergleichen: Er wird einmal gezeigt und festgehalten; jeder andere wird danach abgelehnt.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Dieser Rechner</translation>
    </message>
    <message>
        <source>{name} is being looked at …</source>
        <translation>{name} wird angesehen …</translation>
    </message>
    <message>
        <source>The target is being added …</source>
        <translation>Das Ziel wird hinzugefügt …</translation>
    </message>
    <message>
        <source>{host}: {cores} cores, {memory} memory, {disk} free on its disk.</source>
        <translation>{host}: {cores} Kerne, {memory} Speicher, {disk} Plattenplatz frei.</translation>
    </message>
    <message>
        <source>{name}: {free} of {memory} free, {busy} % busy</source>
        <translation>{name}: {free} von {memory} frei, {busy} % ausgelastet</translation>
    </message>
    <message>
        <source>⚠ No GPU: on processors a run of real size takes months.</source>
        <translation>⚠ Keine GPU: Auf Prozessoren dauert ein Lauf in echter Größe Monate.</translation>
    </message>
    <message>
        <source>Running or waiting there: {jobs}. Yours waits its turn for free.</source>
        <translation>Dort läuft oder wartet: {jobs}. Der eigene Lauf wartet kostenlos.</translation>
    </message>
    <message>
        <source>Nothing runs or waits there.</source>
        <translation>Dort läuft und wartet nichts.</translation>
    </message>
    <message>
        <source>⚠ It has no Python 3.11 or newer.</source>
        <translation>⚠ Dort fehlt Python 3.11 oder neuer.</translation>
    </message>
</context>
<context>
    <name>Timeline</name>
    <message>
        <source>{expression} keys</source>
        <translation>Keyframes {expression}</translation>
    </message>
    <message>
        <source>Delete keys</source>
        <translation>Keyframes löschen</translation>
    </message>
    <message>
        <source>Easing</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Rate and loop</source>
        <translation>Bildrate und Schleife</translation>
    </message>
    <message>
        <source>{number} frames</source>
        <translation>{number} Bilder</translation>
    </message>
    <message>
        <source>1 frame</source>
        <translation>1 Bild</translation>
    </message>
    <message>
        <source>Frame {frame}, {seconds} s</source>
        <translation>Bild {frame}, {seconds} s</translation>
    </message>
    <message>
        <source>{expression}, frame {frame}: {value}</source>
        <translation>{expression}, Bild {frame}: {value}</translation>
    </message>
    <message>
        <source>linear</source>
        <translation>linear</translation>
    </message>
    <message>
        <source>holds</source>
        <translation>hält</translation>
    </message>
    <message>
        <source>eases in</source>
        <translation>beschleunigt</translation>
    </message>
    <message>
        <source>eases out</source>
        <translation>bremst ab</translation>
    </message>
    <message>
        <source>eases in and out</source>
        <translation>beschleunigt und bremst ab</translation>
    </message>
</context>
<context>
    <name>TimelineGrid</name>
    <message>
        <source>Timelines</source>
        <translation>Zeitleisten</translation>
    </message>
    <message>
        <source>Expressions by frames. Arrow keys move the cursor, Enter types a value.</source>
        <translation>Ausdrücke nach Bildern. Pfeiltasten bewegen den Cursor, Eingabe gibt einen Wert ein.</translation>
    </message>
    <message>
        <source>Paste keys</source>
        <translation>Keyframes einfügen</translation>
    </message>
    <message>
        <source>{percent} on keys</source>
        <translation>{percent} auf Keyframes</translation>
    </message>
    <message>
        <source>Move keys</source>
        <translation>Keyframes verschieben</translation>
    </message>
</context>
<context>
    <name>TimelinePanel</name>
    <message>
        <source>Cell</source>
        <translation>Zelle</translation>
    </message>
    <message>
        <source>Frames ready</source>
        <translation>Fertige Bilder</translation>
    </message>
    <message>
        <source>This is a still: one frame. Choose a motion, or more frames, for a strip.</source>
        <translation>Ein Einzelbild. Für eine Sequenz eine Bewegung oder mehr Bilder wählen.</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>Abspielen</translation>
    </message>
    <message>
        <source>Previous key</source>
        <translation>Voriger Key</translation>
    </message>
    <message>
        <source>Next key</source>
        <translation>Nächster Key</translation>
    </message>
    <message>
        <source>Add key</source>
        <translation>Key setzen</translation>
    </message>
    <message>
        <source>Delete keys</source>
        <translation>Keyframes löschen</translation>
    </message>
    <message>
        <source>Cut keys</source>
        <translation>Keyframes ausschneiden</translation>
    </message>
    <message>
        <source>Copy keys</source>
        <translation>Keyframes kopieren</translation>
    </message>
    <message>
        <source>Paste keys</source>
        <translation>Keyframes einfügen</translation>
    </message>
    <message>
        <source>Wider frames</source>
        <translation>Bilder breiter</translation>
    </message>
    <message>
        <source>Narrower frames</source>
        <translation>Bilder schmaler</translation>
    </message>
    <message>
        <source>Fit all frames</source>
        <translation>Alle Bilder einpassen</translation>
    </message>
    <message>
        <source>Export strip…</source>
        <translation>Sequenz exportieren…</translation>
    </message>
    <message>
        <source>Stretch keys with the strip</source>
        <translation>Keyframes mit der Sequenz strecken</translation>
    </message>
    <message>
        <source>Keys move when the number of frames changes</source>
        <translation>Keyframes wandern mit, wenn sich die Bildzahl ändert</translation>
    </message>
    <message>
        <source>Onion skin</source>
        <translation>Zwiebelhaut</translation>
    </message>
    <message>
        <source>Show the frame here</source>
        <translation>Bild hier zeigen</translation>
    </message>
    <message>
        <source>Contact sheet</source>
        <translation>Kontaktabzug</translation>
    </message>
    <message>
        <source>Strip</source>
        <translation>Sequenz</translation>
    </message>
    <message>
        <source> fps</source>
        <translation> B/s</translation>
    </message>
    <message>
        <source>Repeat</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Bounce</source>
        <translation>Hin und her</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>Einmal</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Rate</source>
        <translation>Bildrate</translation>
    </message>
    <message>
        <source>Loop</source>
        <translation>Schleife</translation>
    </message>
    <message>
        <source>Motion</source>
        <translation>Bewegung</translation>
    </message>
    <message>
        <source>Easing</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>View</source>
        <translation>Ansicht</translation>
    </message>
    <message>
        <source>Opacity</source>
        <translation>Deckkraft</translation>
    </message>
    <message>
        <source>Neighbours</source>
        <translation>Nachbarn</translation>
    </message>
    <message>
        <source>Previous and next key</source>
        <translation>Voriger und nächster Keyframe</translation>
    </message>
    <message>
        <source>{number} frames before and after</source>
        <translation>{number} Bilder davor und danach</translation>
    </message>
    <message>
        <source>1 frame before and after</source>
        <translation>1 Bild davor und danach</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stopp</translation>
    </message>
    <message>
        <source>{ready} of {frames} frames ready</source>
        <translation>{ready} von {frames} Bildern fertig</translation>
    </message>
    <message>
        <source>No frames: {reason}</source>
        <translation>Keine Bilder: {reason}</translation>
    </message>
    <message>
        <source>Linear</source>
        <translation>Linear</translation>
    </message>
    <message>
        <source>Hold</source>
        <translation>Halten</translation>
    </message>
    <message>
        <source>Ease in</source>
        <translation>Beschleunigen</translation>
    </message>
    <message>
        <source>Ease out</source>
        <translation>Abbremsen</translation>
    </message>
    <message>
        <source>Ease in and out</source>
        <translation>Beschleunigen und abbremsen</translation>
    </message>
    <message>
        <source>Neutral → smile</source>
        <translation>Neutral → Lächeln</translation>
    </message>
    <message>
        <source>Neutral → smile → neutral</source>
        <translation>Neutral → Lächeln → neutral</translation>
    </message>
    <message>
        <source>Smile, held, and back</source>
        <translation>Lächeln, halten und zurück</translation>
    </message>
    <message>
        <source>Surprise, then a smile</source>
        <translation>Überraschung, dann Lächeln</translation>
    </message>
    <message>
        <source>All twelve in turn</source>
        <translation>Alle zwölf nacheinander</translation>
    </message>
    <message>
        <source>Rise of this row</source>
        <translation>Diese Zeile ansteigen lassen</translation>
    </message>
    <message>
        <source>Hold of this row</source>
        <translation>Diese Zeile halten</translation>
    </message>
    <message>
        <source>Pulse of this row</source>
        <translation>Diese Zeile pulsieren lassen</translation>
    </message>
</context>
<context>
    <name>TrainView</name>
    <message>
        <source>Train</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>New fine-tune…</source>
        <translation>Neues Training…</translation>
    </message>
    <message>
        <source>Runs</source>
        <translation>Läufe</translation>
    </message>
    <message>
        <source>There is no run yet.</source>
        <translation>Noch kein Lauf.</translation>
    </message>
    <message>
        <source>Refresh</source>
        <translation>Aktualisieren</translation>
    </message>
    <message>
        <source>Ask every target that has an open run.</source>
        <translation>Jedes Ziel mit offenem Lauf abfragen.</translation>
    </message>
    <message>
        <source>About training</source>
        <translation>Über das Training</translation>
    </message>
    <message>
        <source>What training takes</source>
        <translation>Was Training braucht</translation>
    </message>
    <message>
        <source>{run} is written down and goes to {target}.</source>
        <translation>{run} ist aufgeschrieben und geht an {target}.</translation>
    </message>
    <message>
        <source>this computer</source>
        <translation>dieser Rechner</translation>
    </message>
    <message>
        <source>Train a look of your own</source>
        <translation>Einen eigenen Look trainieren</translation>
    </message>
    <message>
        <source>Training teaches the PixelSmile editor expressions as your photos show them. “New fine-tune…” leads through it; nothing is sent or paid for before its last page.</source>
        <translation>Training bringt dem PixelSmile-Editor Ausdrücke bei, wie die eigenen Fotos sie zeigen. „Neues Training…“ führt hindurch; vor der letzten Seite wird nichts gesendet oder bezahlt.</translation>
    </message>
    <message>
        <source>Consent</source>
        <translation>Einwilligung</translation>
    </message>
    <message>
        <source>Everybody on the photos has to agree to training with them, and you need the right to use the photos so. A note of both is kept with the result.</source>
        <translation>Alle Abgebildeten müssen dem Training zustimmen, und die Nutzungsrechte an den Fotos müssen vorliegen. Beides wird beim Ergebnis vermerkt.</translation>
    </message>
    <message>
        <source>Photos</source>
        <translation>Fotos</translation>
    </message>
    <message>
        <source>Of each person one neutral photo and two or more that show an expression, with a note of how strongly: some hundred people for a look that serves strangers, fewer for a single person.</source>
        <translation>Von jeder Person ein neutrales Foto und zwei oder mehr mit einem Ausdruck, mit Angabe der Stärke: einige hundert Personen für einen Look, der Fremden dient, weniger für eine einzelne Person.</translation>
    </message>
    <message>
        <source>A machine</source>
        <translation>Ein Rechner</translation>
    </message>
    <message>
        <source>A Linux machine with one or more large GPUs (80 GB each), reached by SSH: your own, your institute&apos;s or a rented one. Photos are sent there and nowhere else.</source>
        <translation>Ein Linux-Rechner mit einer oder mehreren großen GPUs (je 80 GB), erreichbar über SSH: der eigene, der des Instituts oder ein gemieteter. Die Fotos gehen dorthin und sonst nirgendwohin.</translation>
    </message>
    <message>
        <source>Time and cost</source>
        <translation>Zeit und Kosten</translation>
    </message>
    <message>
        <source>On the fastest GPUs about half a second for each pair of photos and pass; a hundred passes over 2,000 pairs take more than a day on one of them. What a rented machine costs is told before anything begins.</source>
        <translation>Auf den schnellsten GPUs etwa eine halbe Sekunde je Fotopaar und Durchgang; hundert Durchgänge über 2.000 Paare dauern auf einer davon mehr als einen Tag. Was ein gemieteter Rechner kostet, steht vor dem Beginn fest.</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Mehr</translation>
    </message>
    <message>
        <source>The method is described by its authors: {link}</source>
        <translation>Die Methode beschreiben ihre Autoren: {link}</translation>
    </message>
</context>
<context>
    <name>TrainWizard</name>
    <message>
        <source>What is missing</source>
        <translation>Was fehlt</translation>
    </message>
    <message>
        <source>Consent and rights</source>
        <translation>Einwilligung und Rechte</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>Daten</translation>
    </message>
    <message>
        <source>Look and expressions</source>
        <translation>Look und Ausdrücke</translation>
    </message>
    <message>
        <source>Target</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Estimate</source>
        <translation>Schätzung</translation>
    </message>
    <message>
        <source>Discard the draft</source>
        <translation>Entwurf verwerfen</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Discard the draft…</source>
        <translation>Entwurf verwerfen…</translation>
    </message>
    <message>
        <source>The draft is kept.</source>
        <translation>Der Entwurf bleibt erhalten.</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>Everything that was typed here is lost. Runs and pictures stay.</source>
        <translation>Alles, was hier eingegeben wurde, geht verloren. Läufe und Bilder bleiben.</translation>
    </message>
    <message>
        <source>complete</source>
        <translation>vollständig</translation>
    </message>
    <message>
        <source>something is missing</source>
        <translation>etwas fehlt</translation>
    </message>
    <message>
        <source>Launch</source>
        <translation>Starten</translation>
    </message>
    <message>
        <source>Say who holds the rights in the pictures.</source>
        <translation>Angeben, wer die Rechte an den Bildern hat.</translation>
    </message>
    <message>
        <source>Name everybody who is shown.</source>
        <translation>Alle Abgebildeten nennen.</translation>
    </message>
    <message>
        <source>Person {about} has no name.</source>
        <translation>Person {about} hat keinen Namen.</translation>
    </message>
    <message>
        <source>{about}: say what was agreed.</source>
        <translation>{about}: angeben, was vereinbart wurde.</translation>
    </message>
    <message>
        <source>{about}: tick that this person agreed to training.</source>
        <translation>{about}: ankreuzen, dass die Person dem Training zugestimmt hat.</translation>
    </message>
    <message>
        <source>Choose a folder or a file with the data set.</source>
        <translation>Einen Ordner oder eine Datei mit dem Datensatz wählen.</translation>
    </message>
    <message>
        <source>The data set needs its whole path.</source>
        <translation>Der Datensatz braucht seinen vollen Pfad.</translation>
    </message>
    <message>
        <source>Check the data set; it costs nothing and sends nothing.</source>
        <translation>Den Datensatz prüfen; das kostet nichts und sendet nichts.</translation>
    </message>
    <message>
        <source>Something has changed since the check: check the data set again, on the page Data.</source>
        <translation>Seit der Prüfung hat sich etwas geändert: Den Datensatz unter „Daten“ erneut prüfen.</translation>
    </message>
    <message>
        <source>Mend the faults below and check again; warnings may stay.</source>
        <translation>Die Fehler unten beheben und erneut prüfen; Warnungen dürfen bleiben.</translation>
    </message>
    <message>
        <source>“{about}” is no single word of 2 to 16 letters a to z.</source>
        <translation>„{about}“ ist kein einzelnes Wort aus 2 bis 16 Buchstaben a bis z.</translation>
    </message>
    <message>
        <source>“{about}” is known already; leave it out here.</source>
        <translation>„{about}“ ist schon bekannt; hier weglassen.</translation>
    </message>
    <message>
        <source>Name the look with small letters a to z, digits and hyphens, such as studio-warm.</source>
        <translation>Den Look mit Kleinbuchstaben a bis z, Ziffern und Bindestrichen benennen, etwa studio-warm.</translation>
    </message>
    <message>
        <source>The base look must be a file that ends with .safetensors.</source>
        <translation>Der Basis-Look muss eine Datei mit der Endung .safetensors sein.</translation>
    </message>
    <message>
        <source>Choose where it shall be trained.</source>
        <translation>Wählen, wo trainiert wird.</translation>
    </message>
    <message>
        <source>See first what {about} has: press Look at it.</source>
        <translation>Zuerst ansehen, was {about} hat: „Ansehen“.</translation>
    </message>
    <message>
        <source>The batch must be a multiple of {about}, the part at once.</source>
        <translation>Der Batch muss ein Vielfaches von {about} sein, dem Anteil auf einmal.</translation>
    </message>
    <message>
        <source>The side must be a multiple of {about}.</source>
        <translation>Die Kante muss ein Vielfaches von {about} sein.</translation>
    </message>
    <message>
        <source>Name two or more different intensities from 0 to 1.5.</source>
        <translation>Zwei oder mehr verschiedene Intensitäten von 0 bis 1,5 nennen.</translation>
    </message>
</context>
<context>
    <name>WordsField</name>
    <message>
        <source>Own expressions</source>
        <translation>Eigene Ausdrücke</translation>
    </message>
    <message>
        <source>none; or such as: smirk, wink</source>
        <translation>keine; oder etwa: smirk, wink</translation>
    </message>
    <message>
        <source>One English word each, in small letters. The text encoder must know it as a single token, which short everyday words are; the run says so if it does not.</source>
        <translation>Je ein englisches Wort in Kleinbuchstaben. Der Text-Encoder muss es als ein Token kennen, wie kurze Alltagswörter; der Lauf meldet, wenn nicht.</translation>
    </message>
</context>
<context>
    <name>_Curves</name>
    <message>
        <source>Losses</source>
        <translation>Verluste</translation>
    </message>
    <message>
        <source>The curves begin with the first step.</source>
        <translation>Die Kurven beginnen mit dem ersten Schritt.</translation>
    </message>
    <message>
        <source>step {number}</source>
        <translation>Schritt {number}</translation>
    </message>
</context>
<context>
    <name>_Picture</name>
    <message>
        <source>Frame</source>
        <translation>Bild</translation>
    </message>
</context>
<context>
    <name>names</name>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Mehr</translation>
    </message>
</context>
</TS>
