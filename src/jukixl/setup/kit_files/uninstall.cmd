@echo off
rem Finds Python and hands over to files\uninstall.py. ASCII only: this file is read in the code page of the console.
rem Takes out what install.cmd put in, and nothing else.
setlocal
set "FOUND="
py -${PYTHON} -c "" >nul 2>nul && set "FOUND=py -${PYTHON}"
if not defined FOUND python -c "import sys; sys.exit('%%d.%%d' %% sys.version_info[:2] != '${PYTHON}')" >nul 2>nul && set "FOUND=python"
if not defined FOUND goto no_python
%FOUND% -I "%~dp0files\uninstall.py"
set "RESULT=%ERRORLEVEL%"
pause
exit /b %RESULT%

:no_python
chcp 65001 >nul
type "%~dp0files\no_python.txt"
pause
exit /b 2
