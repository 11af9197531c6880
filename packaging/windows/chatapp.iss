; Inno Setup 6: `iscc /DVersion=0.1.0 packaging\windows\chatapp.iss` after `python packaging\dist.py` makes
; dist\chatapp-<version>-setup.exe. It installs the folder build for the person who runs it, without administrator rights;
; who has them may install for everybody, and gets the firewall's permission with it.
#ifndef Version
  #error Say which version it is: iscc /DVersion=0.1.0 ...
#endif
#define Root AddBackslash(SourcePath) + "..\.."

[Setup]
; Names the installed program for upgrades and for removal: it never changes.
AppId={{6B2F0B63-9C0E-4B4E-8C0B-5E0D4C1C7A52}
AppName=Chat
AppVersion={#Version}
AppPublisher=the chatapp authors
DefaultDirName={autopf}\chatapp
DefaultGroupName=Chat
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog commandline
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
LicenseFile={#Root}\LICENSE
SetupIconFile={#Root}\packaging\icons\chatapp.ico
UninstallDisplayIcon={app}\chatapp.exe
OutputDir={#Root}\dist
OutputBaseFilename=chatapp-{#Version}-setup
Compression=lzma2
SolidCompression=yes
WizardStyle=modern
; A chat that runs is asked to end before its files are replaced.
CloseApplications=yes

[Tasks]
Name: desktopicon; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked
Name: startup; Description: "Start the chat when I sign in"; Flags: unchecked

[InstallDelete]
; Modules of an earlier version must not stay beside those of this one. What people said is not in here.
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "{#Root}\dist\chatapp-folder\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\Chat"; Filename: "{app}\chatapp.exe"
Name: "{autodesktop}\Chat"; Filename: "{app}\chatapp.exe"; Tasks: desktopicon
Name: "{autostartup}\Chat"; Filename: "{app}\chatapp.exe"; Parameters: "serve"; Tasks: startup

[Run]
; Only an administrator may say so; for others Windows asks when the chat starts for the first time. Private and domain
; networks only: on public ones (cafés, hotels) nobody is meant to come in.
Filename: "{sys}\netsh.exe"; Parameters: "advfirewall firewall add rule name=""Chat"" dir=in action=allow program=""{app}\chatapp.exe"" profile=private,domain enable=yes"; Flags: runhidden; Check: IsAdminInstallMode
Filename: "{app}\chatapp.exe"; Description: "{cm:LaunchProgram,Chat}"; Flags: postinstall nowait skipifsilent

[UninstallRun]
Filename: "{sys}\netsh.exe"; Parameters: "advfirewall firewall delete rule name=""Chat"" program=""{app}\chatapp.exe"""; Flags: runhidden; RunOnceId: "FirewallRule"; Check: IsAdminInstallMode
