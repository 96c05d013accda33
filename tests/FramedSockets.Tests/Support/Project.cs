namespace FramedSockets.Tests.Support;

/// <summary>The project's own files, looked for from where the tests run: paths inside a deterministic build name no folder.</summary>
internal static class Project
{
    private static readonly Lazy<string> Root = new(FindRoot);

    public static string PathOf(params string[] parts) => Path.Combine([Root.Value, .. parts]);

    public static string Read(params string[] parts) => File.ReadAllText(PathOf(parts)).ReplaceLineEndings("\n");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "FramedSockets.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"No FramedSockets.sln above {AppContext.BaseDirectory}.");
        }

        return folder.FullName;
    }
}
