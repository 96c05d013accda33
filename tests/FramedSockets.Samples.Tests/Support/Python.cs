namespace FramedSockets.Samples.Tests.Support;

/// <summary>Plain Python as the other side.</summary>
internal static class Python
{
    /// <summary>Where python3 is, or <see langword="null"/>.</summary>
    public static string? Path { get; } = Environment.GetEnvironmentVariable("PATH")?.Split(System.IO.Path.PathSeparator)
        .Select(folder => System.IO.Path.Combine(folder, "python3"))
        .FirstOrDefault(File.Exists);

    /// <summary>Runs a script of the folder Peers.</summary>
    public static RunningProcess Run(string script, params string[] arguments) =>
        RunningProcess.Start(Path!, [System.IO.Path.Combine(AppContext.BaseDirectory, "Peers", script), .. arguments]);
}
