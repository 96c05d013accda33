namespace FramedSockets.Faults.Clock;

/// <summary>A clock for a process of its own, by libfaketime: it reads a file, which can change while the process runs.</summary>
internal sealed class FakeClock : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public FakeClock() => File.WriteAllText(_file, "+0\n");

    /// <summary>What runs a program by this clock.</summary>
    public string[] Prefix => ["env", $"LD_PRELOAD={Library()}", $"FAKETIME_TIMESTAMP_FILE={_file}", "FAKETIME_NO_CACHE=1"];

    /// <summary>Lets it jump, and lets two seconds go by in which it may do harm.</summary>
    public async Task JumpAsync(string to)
    {
        File.WriteAllText(_file, $"{to}\n");
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        _ = await timer.WaitForNextTickAsync();
    }

    public void Dispose() => File.Delete(_file);

    private static string Library() => Directory.EnumerateFiles("/usr/lib", "libfaketimeMT.so.1", SearchOption.AllDirectories).First();
}
