@echo off
rem Shows whether this computer has all that jukixl needs.
"%LOCALAPPDATA%\jukixl\venv\Scripts\python.exe" -I -m jukixl doctor
pause
