namespace FramedSockets.Samples.Tests.Support;

/// <summary>A test that needs python3 on the path, and says so where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute()
    {
        if (Python.Path is null)
        {
            Skip = "python3 is not on the PATH.";
        }
    }
}
