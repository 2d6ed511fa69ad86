@echo off
rem Runs Fresnel. Needs Java 17 or later: JAVA_HOME's, or else the one on the PATH. Untested.
setlocal
set "java=java.exe"
if defined JAVA_HOME set "java=%JAVA_HOME%\bin\java.exe"
if defined JAVA_HOME if not exist "%java%" (
  >&2 echo fresnel: there is no "%java%"; JAVA_HOME must name a Java runtime, 17 or later
  exit /b 1
)
if not defined OPENBLAS_THREAD_TIMEOUT set "OPENBLAS_THREAD_TIMEOUT=4"
rem The heap is a quarter of the memory: 300 percent of it leave a quarter to others.
"%java%" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData --enable-native-access=ALL-UNNAMED -Xlog:disable -Dorg.bytedeco.javacpp.maxPhysicalBytes=300%% -cp "%~dp0..\lib\*" dev.fresnel.cli.Main %*
exit /b %errorlevel%
